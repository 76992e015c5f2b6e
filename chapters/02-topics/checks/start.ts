// What `topics` says to an environment or to arguments that make no sense, before it opens anything.
import { check } from '#shared/testing/check.ts';
import { demandFacts, holds } from '#shared/testing/demand.ts';
import { refusal } from '#shared/testing/refusal.ts';
import { demandSecured } from '#shared/testing/secured.ts';
import { witness } from '#shared/testing/witness.ts';
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
      // What Kafka's protocol calls "as the broker likes".
      ['REPLICATION_FACTOR', { ...sound, REPLICATION_FACTOR: '-1' }],
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

check(
  {
    id: 'secured',
    title: 'for a secured cluster the program speaks TLS, and authenticates with SASL, as its environment says',
    points: 3,
    why: 'The job that makes the topics is the first to meet the production cluster, with the rights to change everything there.',
    next: 'kafkaFromEnvironment in shared/kafka/connect.ts reads KAFKA_SSL… and KAFKA_SASL_…; topics.ts uses its client.',
  },
  (bench) =>
    demandSecured(bench, [
      {
        name: 'topics',
        mechanisms: ['PLAIN', 'SCRAM-SHA-512'],
        start: async (secured) => bench.run('topics', { ...bench.kafka.environment, ...secured }, ['describe']),
      },
    ]),
);
