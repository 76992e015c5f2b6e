// What the three services say first to a cluster that is secured.
import { check } from '#shared/testing/check.ts';
import type { ConsumingService } from '#shared/testing/consuming-services.ts';
import { demandSecured } from '#shared/testing/secured.ts';
import type { Environment } from '#shared/testing/workbench.ts';
import { another, INVENTORY, NOTIFICATION, ORDER, running } from '../services.ts';

check(
  {
    id: 'secured',
    title: 'for a secured cluster all three services speak TLS, and authenticate with SASL, as their environment says',
    points: 3,
    why: 'A client that ignores KAFKA_SSL sends customers and their orders in the clear, and no production cluster would take it.',
    next: 'kafkaFromEnvironment in shared/kafka/connect.ts reads KAFKA_SSL… and KAFKA_SASL_…; each service takes its client.',
  },
  async (bench) => {
    await running(bench, INVENTORY);
    const service = (facts: ConsumingService, mechanism: string) => ({
      name: facts.name,
      mechanisms: [mechanism],
      start: async (secured: Environment) => {
        const DATABASE_FILE = `${bench.makeFolder(facts.name)}/secured.db`;
        return (await another(bench, facts, { ...secured, DATABASE_FILE })).program;
      },
    });
    return demandSecured(bench, [
      service(ORDER, 'PLAIN'),
      service(INVENTORY, 'SCRAM-SHA-512'),
      service(NOTIFICATION, 'SCRAM-SHA-256'),
    ]);
  },
);
