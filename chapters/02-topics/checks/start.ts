// What `topics` says to an environment or to arguments that make no sense, before it opens anything.
import { waitUntil } from '#infra/machine/wait-until.ts';
import { check } from '#shared/testing/check.ts';
import { demandFacts, equals, holds } from '#shared/testing/demand.ts';
import { refusal } from '#shared/testing/refusal.ts';
import { TLS_WITH_CERTIFICATE, tlsWitness, witness } from '#shared/testing/witness.ts';
import type { Environment } from '#shared/testing/workbench.ts';

check(
  {
    id: 'environment',
    title: 'a missing or malformed variable is named on stderr, and ends the program with exit code 1',
    points: 4,
    why: 'A job that starts with half a configuration makes topics on the wrong cluster, or with the wrong replication.',
    next: 'topics.ts reads its environment before it opens anything; keep it that way.',
  },
  async (bench) => {
    const broker = await witness();
    const sound = { KAFKA_BROKERS: `127.0.0.1:${broker.port}` };
    const cases: [string, Environment][] = [
      ['KAFKA_BROKERS', { KAFKA_BROKERS: undefined }],
      ['KAFKA_BROKERS', { KAFKA_BROKERS: 'nonsense' }],
      ['REPLICATION_FACTOR', { ...sound, REPLICATION_FACTOR: 'three' }],
      ['REPLICATION_FACTOR', { ...sound, REPLICATION_FACTOR: '0' }],
      ['REPLICATION_FACTOR', { ...sound, REPLICATION_FACTOR: '3x' }],
      ['REPLICATION_FACTOR', { ...sound, REPLICATION_FACTOR: '2.5' }],
    ];
    try {
      const facts = await Promise.all(
        cases.map(([variable, environment]) =>
          refusal(bench, 'topics', variable, { ...bench.kafka.environment, ...environment }, ['create']),
        ),
      );
      facts.push(holds('connections to a broker', broker.connections(), 'none', broker.connections() === 0));
      demandFacts('each of these ends with exit code 1 and a line on stderr that names the variable.', facts, () => '');
      return `${cases.length} wrong environments were refused, none opened a connection`;
    } finally {
      broker.close();
    }
  },
);

/** Three programs that start at once, on a machine that may be busy. */
const SPEAKS_LIMIT_MS = 30_000;
const MECHANISMS = ['PLAIN', 'SCRAM-SHA-512'];

check(
  {
    id: 'secured',
    title: 'for a secured cluster the program speaks TLS, and authenticates with SASL, as its environment says',
    points: 3,
    why: 'The job that makes the topics is the first to meet the production cluster, with the rights to change everything there.',
    next: 'kafkaFromEnvironment in shared/kafka/connect.ts reads KAFKA_SSL… and KAFKA_SASL_…; topics.ts uses its client.',
  },
  async (bench) => {
    const broker = await tlsWitness(bench.makeFolder('certificates'));
    const before = bench.tap.requests.length;
    const credentials = { KAFKA_SASL_USERNAME: 'ada', KAFKA_SASL_PASSWORD: 'analytical-engine' };
    const programs = [
      broker.environment,
      ...MECHANISMS.map((mechanism) => ({ KAFKA_SASL_MECHANISM: mechanism, ...credentials })),
    ].map((environment) => bench.run('topics', { ...bench.kafka.environment, ...environment }, ['describe']));
    const asked = () =>
      MECHANISMS.filter((mechanism) =>
        bench.tap.requests.slice(before).some(({ saslMechanism }) => saslMechanism === mechanism),
      );
    const spoken = () => broker.seen() === TLS_WITH_CERTIFICATE && asked().length === MECHANISMS.length;
    try {
      await waitUntil(spoken, SPEAKS_LIMIT_MS, 'what the program says first').catch(() => {});
      demandFacts(
        'TLS with the authority and the certificate that KAFKA_SSL… name, and a SaslHandshake request for the mechanism of KAFKA_SASL_MECHANISM.',
        [
          equals('with KAFKA_SSL=true', broker.seen(), TLS_WITH_CERTIFICATE),
          equals('SaslHandshake requests for', asked().join(', '), MECHANISMS.join(', ')),
        ],
        () => programs.map((program) => program.tail()).join('\n\n'),
      );
      return 'TLS and SASL as the environment says';
    } finally {
      await Promise.all(programs.map((program) => program.kill()));
      broker.close();
    }
  },
);
