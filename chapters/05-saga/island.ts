// An order service whose broker is nowhere yet. It stands apart from its check, because the first check of the lane starts it:
// so its time passes beside the others.
import type { Service } from '#shared/testing/service.ts';
import type { Workbench } from '#shared/testing/workbench.ts';
import { environmentOf, ORDER } from './services.ts';

interface Island {
  service: Service;
  since: number;
  /** Lets the broker come. */
  open: () => Promise<void>;
}

let island: Promise<Island> | undefined;

/** The lane's one such service, started with the first call. */
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
  return { service, since: performance.now(), open };
}
