// How the order service starts: what it needs, and when it says that it is ready.
import { check } from '#shared/testing/check.ts';
import { demandFacts, holds } from '#shared/testing/demand.ts';
import { refusal } from '#shared/testing/refusal.ts';
import { demandSecured } from '#shared/testing/secured.ts';
import { witness } from '#shared/testing/witness.ts';
import type { Environment } from '#shared/testing/workbench.ts';

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
    const { KAFKA_BROKERS } = bench.kafka.environment;
    const another = await bench.start('order-service', { KAFKA_BROKERS: `${KAFKA_BROKERS},${KAFKA_BROKERS}` });
    await bench.untilReady(another);
    return 'live and ready answer 200, also where KAFKA_BROKERS lists more than one address';
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
      const facts = await Promise.all(
        cases.map(([variable, environment]) => refusal(bench, 'order-service', variable, environment)),
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
    title: 'for a secured cluster the service speaks TLS, and authenticates with SASL, as its environment says',
    points: 1,
    why: 'A client that ignores KAFKA_SSL sends passwords and orders in the clear, and no production cluster would take it.',
    next: 'kafkaFromEnvironment in shared/kafka/connect.ts reads KAFKA_SSL and KAFKA_SASL_*; give its client to everything.',
  },
  async (bench) => {
    await bench.service('order-service');
    return demandSecured(bench, [
      {
        name: 'order-service',
        mechanisms: ['PLAIN', 'SCRAM-SHA-512'],
        start: async (secured) => (await bench.start('order-service', secured)).program,
      },
    ]);
  },
);
