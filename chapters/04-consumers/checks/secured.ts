// What the three programs say first to a cluster that is secured.
import { check } from '#shared/testing/check.ts';
import { demandSecured } from '#shared/testing/secured.ts';
import type { Environment } from '#shared/testing/workbench.ts';
import { INVENTORY, NOTIFICATION, running } from '../services.ts';

const REQUIRED = { INITIAL_STOCK: '{"SKU-1": 10}', EMAIL_GATEWAY_URL: 'http://127.0.0.1:1' };

check(
  {
    id: 'secured',
    title: 'for a secured cluster all three programs speak TLS, and authenticate with SASL, as their environment says',
    points: 3,
    why: 'A client that ignores KAFKA_SSL sends customers and their orders in the clear, and no production cluster would take it.',
    next: 'kafkaFromEnvironment in shared/kafka/connect.ts reads KAFKA_SSL… and KAFKA_SASL_…; each program takes its client.',
  },
  async (bench) => {
    await running(bench, INVENTORY);
    const service = (name: string, mechanism: string) => ({
      name,
      mechanisms: [mechanism],
      start: async (secured: Environment) => (await bench.start(name, { ...REQUIRED, ...secured })).program,
    });
    return demandSecured(bench, [
      service(INVENTORY.name, 'PLAIN'),
      service(NOTIFICATION.name, 'SCRAM-SHA-512'),
      {
        name: 'replay',
        mechanisms: ['SCRAM-SHA-256'],
        start: async (secured) =>
          bench.run('replay', { ...bench.kafka.environment, ...secured }, ['orders.created.dlq']),
      },
    ]);
  },
);
