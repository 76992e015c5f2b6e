// Tells of files that are saved, also where the system does not: on a Windows drive in WSL2, on some network and container mounts.
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import chokidar from 'chokidar';
import { WORKBOOK } from '#shared/testing/compile.ts';

/** An editor may write a file in several steps. */
const SETTLE_MS = 150;
const POLL_MS = 300;
/** An event that takes longer than this will not come. */
const EVENT_LIMIT_MS = 1_000;

/**
 * Calls `saved` with the name of the last saved file, after each save, one call at a time: saves during a call lead to one more.
 * The result tells whether files are polled: where there are no events, or where WORKBOOK_POLL=1 says so.
 */
export async function watchSaves(
  folder: string,
  saved: (file: string) => Promise<void>,
): Promise<{ polling: boolean; close: () => Promise<void> }> {
  let pending: string | undefined;
  let busy = false;
  const drain = async () => {
    if (busy) return;
    busy = true;
    while (pending) {
      const file = pending;
      pending = undefined;
      await saved(file);
    }
    busy = false;
  };
  let timer: NodeJS.Timeout | undefined;
  const polling = process.env.WORKBOOK_POLL === '1' || !(await eventsArrive());
  const watcher = chokidar.watch(folder, {
    ignoreInitial: true,
    interval: POLL_MS,
    ...(polling && { usePolling: true }),
  });
  watcher.on('all', (_event, file) => {
    pending = path.basename(file);
    clearTimeout(timer);
    timer = setTimeout(() => void drain(), SETTLE_MS);
  });
  await new Promise<void>((resolve) => {
    watcher.once('ready', resolve);
  });
  return { polling, close: () => watcher.close() };
}

/** Writes a file of the workbook's own and sees whether the system tells of it. */
async function eventsArrive(): Promise<boolean> {
  const parent = path.join(WORKBOOK, '.workbook');
  fs.mkdirSync(parent, { recursive: true });
  const folder = fs.mkdtempSync(path.join(parent, 'events-'));
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const watcher = fs.watch(folder, () => resolve(true));
  // It must not keep a process alive that is about to end.
  const limit = pause(EVENT_LIMIT_MS, false, { ref: false });
  try {
    fs.writeFileSync(path.join(folder, 'saved'), '');
    return await Promise.race([promise, limit]);
  } finally {
    watcher.close();
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
