// Services whose broker is nowhere yet. They stand apart from their check, because the first check of the lane starts them: so
// their time passes beside the others.
import type { Service } from '#shared/testing/service.ts';
import type { Workbench } from '#shared/testing/workbench.ts';
import { environmentOf, INVENTORY, NOTIFICATION, ORDER } from './services.ts';

interface Island {
  service: Service;
  /** The two others, for whom no broker ever comes. */
  others: Service[];
  since: number;
  /** Lets the order service's broker come. */
  open: () => Promise<void>;
}

const NOBODY = '127.0.0.1:1';

let island: Promise<Island> | undefined;

/** The lane's one set of such services, started with the first call. */
export function marooned(bench: Workbench): Promise<Island> {
  island ??= startMarooned(bench);
  return island;
}

async function startMarooned(bench: Workbench): Promise<Island> {
  const { address, open } = await bench.absentBroker();
  const service = await bench.keep(ORDER.name, {
    ...(await environmentOf(bench, ORDER)),
    DATABASE_FILE: `${bench.makeFolder(ORDER.name)}/island.db`,
    KAFKA_BROKERS: address,
  });
  const others = [INVENTORY, NOTIFICATION].map(async (each) =>
    bench.keep(each.name, {
      ...(await environmentOf(bench, each)),
      DATABASE_FILE: `${bench.makeFolder(each.name)}/island.db`,
      KAFKA_BROKERS: NOBODY,
    }),
  );
  return { service, others: await Promise.all(others), since: performance.now(), open };
}
