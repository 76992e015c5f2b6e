// Services that consume, as a chapter's checks run them: which topics each reads in which group, and, in a lane, one database for
// all replicas and successors of a service.
import path from 'node:path';
import { type Reader, caughtUp as readersCaughtUp } from './group-progress.ts';
import type { Service } from './service.ts';
import type { TopicRecord } from './topic-log.ts';
import type { Environment, Workbench } from './workbench.ts';

export interface ConsumingService extends Reader {
  name: string;
}

/** A service of the course, whose group is named after it. */
export function consumingService(name: string, ...topics: string[]): ConsumingService {
  return { name, group: `${name}-group`, topics };
}

/** How a lane runs services that are given, beside their database, what `shared` says. */
export function runsOfServices(shared: (bench: Workbench) => Promise<Environment>) {
  const folders = new Map<string, string>();

  function databaseOf(bench: Workbench, { name }: ConsumingService): string {
    const folder = folders.get(name) ?? bench.makeFolder(name);
    folders.set(name, folder);
    return path.join(folder, `${name}.db`);
  }

  /** What every instance of a service is given in this lane. */
  async function environmentOf(bench: Workbench, service: ConsumingService): Promise<Environment> {
    return { DATABASE_FILE: databaseOf(bench, service), ...(await shared(bench)) };
  }

  return {
    environmentOf,
    /** The lane's one instance of a service, ready; one that a check has ended gets a successor. */
    running: async (bench: Workbench, service: ConsumingService, more: Environment = {}): Promise<Service> =>
      bench.service(service.name, { ...(await environmentOf(bench, service)), ...more }),
    /** A replica, or a successor, of the check's own; not necessarily ready. */
    another: async (bench: Workbench, service: ConsumingService, more: Environment = {}): Promise<Service> =>
      bench.start(service.name, { ...(await environmentOf(bench, service)), ...more }),
  };
}

/** Waits until a service has processed every record of its topics, and returns the whole log as it then is. */
export function caughtUp(
  bench: Workbench,
  service: ConsumingService,
  services: Service[],
  limitMs?: number,
): Promise<TopicRecord[]> {
  return readersCaughtUp(bench, [service], services, limitMs);
}
