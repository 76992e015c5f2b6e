// How the order service starts: what it needs, and when it says that it is ready.
import net from 'node:net';
import { waitUntil } from '#infra/machine/wait-until.ts';
import { check } from '#shared/testing/check.ts';
import { demandFacts, holds } from '#shared/testing/demand.ts';
import type { Fact } from '#shared/testing/evidence.ts';
import { describeExit } from '#shared/testing/service.ts';
import type { Environment, Workbench } from '#shared/testing/workbench.ts';

const EXIT_LIMIT_MS = 15_000;

check(
  {
    id: 'ready',
    title: 'the service starts, and /health/live and /health/ready answer 200 once it can publish',
    points: 3,
    why: 'Kubernetes sends traffic to a pod from the moment its readiness probe answers 200, and not before.',
    next: 'TODO 1 in publisher.ts: connect the producer.',
  },
  async (bench) => {
    const service = await bench.service('order-service');
    await bench.untilHealth(service, '/health/live', 200, 5_000);
    return 'live and ready answer 200';
  },
);

check(
  {
    id: 'environment',
    title: 'a missing or malformed variable is named on stderr, and ends the service with exit code 1',
    points: 2,
    why: 'A service that starts with half a configuration fails later, at night, with a message about something else.',
    next: 'order-service.ts reads its environment before it opens anything; keep it that way.',
  },
  async (bench) => {
    const broker = await witness();
    const sound = {
      KAFKA_BROKERS: `127.0.0.1:${broker.port}`,
      PORT: '18080',
      DATABASE_FILE: `${bench.makeFolder('order-service')}/orders.db`,
      PUBLISH_TIMEOUT_MS: '5000',
    };
    const cases: [string, Environment][] = [
      ['KAFKA_BROKERS', { ...sound, KAFKA_BROKERS: undefined }],
      ['KAFKA_BROKERS', { ...sound, KAFKA_BROKERS: 'nonsense' }],
      ['PORT', { ...sound, PORT: undefined }],
      ['PORT', { ...sound, PORT: '0' }],
      ['PORT', { ...sound, PORT: '70000' }],
      ['PUBLISH_TIMEOUT_MS', { ...sound, PUBLISH_TIMEOUT_MS: '5s' }],
    ];
    try {
      const facts = await Promise.all(cases.map(([name, environment]) => refusal(bench, name, environment)));
      facts.push(holds('connections to a broker', broker.connections(), 'none', broker.connections() === 0));
      demandFacts('each of these ends with exit code 1 and a line on stderr that names the variable.', facts, () => '');
      return `${cases.length} wrong environments were refused, none opened a connection`;
    } finally {
      broker.close();
    }
  },
);

async function refusal(bench: Workbench, name: string, environment: Environment): Promise<Fact> {
  const program = bench.run('order-service', environment);
  const exit = await program.waitForExit(EXIT_LIMIT_MS).catch(() => undefined);
  const given = environment[name] === undefined ? `no ${name}` : `${name}=${environment[name]}`;
  const named = program.stderr.includes(name);
  const how = exit ? describeExit(exit) : `still running after ${EXIT_LIMIT_MS / 1000} s`;
  const found = `${how}, stderr ${named ? 'names it' : `says "${program.stderr.trim().slice(0, 80)}"`}`;
  return holds(given, found, `exit code 1, stderr names ${name}`, exit?.code === 1 && named);
}

/** A port in the place of a broker that counts who connects, and hears how they begin. */
async function witness() {
  let connections = 0;
  let first: number | undefined;
  const server = net.createServer((socket) => {
    connections++;
    socket.on('error', () => {});
    socket.once('data', (bytes) => {
      first ??= bytes[0];
      socket.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  return { port, connections: () => connections, firstByte: () => first, close: () => server.close() };
}

/** What a TLS connection begins with: a record of the type handshake (RFC 8446, section 5.1). */
const TLS_HANDSHAKE = 0x16;
/** Four programs that start at once, on a machine that may be busy. */
const SPEAKS_LIMIT_MS = 30_000;
const MECHANISMS = ['PLAIN', 'SCRAM-SHA-512'];

check(
  {
    id: 'secured',
    title: 'for a secured cluster the service speaks TLS, and authenticates with SASL, as its environment says',
    points: 1,
    why: 'A client that ignores KAFKA_SSL sends passwords and orders in the clear, and no production cluster would take it.',
    next: 'kafkaFromEnvironment in shared/kafka/connect.ts reads KAFKA_SSL and KAFKA_SASL_*; give its client to everything.',
  },
  async (bench) => {
    await bench.service('order-service');
    const broker = await witness();
    const before = bench.tap.requests.length;
    const credentials = { KAFKA_SASL_USERNAME: 'ada', KAFKA_SASL_PASSWORD: 'analytical-engine' };
    const [encrypted, ...authenticated] = await Promise.all([
      bench.start('order-service', { KAFKA_BROKERS: `127.0.0.1:${broker.port}`, KAFKA_SSL: 'true' }),
      // Kafka writes its mechanisms in capitals, kafkajs in small letters.
      ...[...MECHANISMS, 'plain'].map(async (mechanism) => ({
        mechanism,
        service: await bench.start('order-service', { KAFKA_SASL_MECHANISM: mechanism, ...credentials }),
      })),
    ]);
    try {
      const asked = () => [
        ...new Set(bench.tap.requests.slice(before).flatMap(({ saslMechanism }) => saslMechanism ?? [])),
      ];
      const unasked = () => MECHANISMS.filter((mechanism) => !asked().includes(mechanism));
      const spoken = () => broker.firstByte() !== undefined && unasked().length === 0;
      await waitUntil(spoken, SPEAKS_LIMIT_MS, 'what the service says first').catch(() => {});
      const first = broker.firstByte();
      const shown = first === undefined ? 'no connection' : `0x${first.toString(16).padStart(2, '0')}`;
      const said = authenticated
        .filter(({ mechanism }) => unasked().includes(mechanism))
        .map(({ mechanism, service }) => `with KAFKA_SASL_MECHANISM=${mechanism}:\n${service.describe()}`);
      if (first !== TLS_HANDSHAKE) said.unshift(`with KAFKA_SSL=true:\n${encrypted.describe()}`);
      demandFacts(
        'a TLS handshake with KAFKA_SSL=true, and a SaslHandshake request for the mechanism of KAFKA_SASL_MECHANISM.',
        [
          holds('first byte with KAFKA_SSL=true', shown, '0x16, a TLS handshake', first === TLS_HANDSHAKE),
          ...MECHANISMS.map((mechanism) =>
            holds(
              `SaslHandshake with KAFKA_SASL_MECHANISM=${mechanism}`,
              asked().length === 0 ? 'none' : `for ${asked().join(', ')}`,
              `for ${mechanism}`,
              asked().includes(mechanism),
            ),
          ),
        ],
        () => said.join('\n\n'),
      );
      return 'TLS and SASL as the environment says';
    } finally {
      broker.close();
    }
  },
);
