// Saves are noticed by events, and by polling where there are none.
import fs from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { scratchFolder } from '../testing/scratch-machine.ts';
import { watchSaves } from './save-watch.ts';

test.each([
  ['events', undefined],
  ['polling', '1'],
])('a save is noticed by %s, and saves during a call lead to one more', async (way, poll) => {
  vi.stubEnv('WORKBOOK_POLL', poll);
  onTestFinished(() => void vi.unstubAllEnvs());
  const folder = scratchFolder('saves');
  const saved: string[] = [];
  const { promise: finishFirst, resolve: finish } = Promise.withResolvers<void>();
  const watched = await watchSaves(folder, async (file) => {
    saved.push(file);
    if (saved.length === 1) await finishFirst;
  });
  onTestFinished(watched.close);
  expect(watched.polling).toBe(way === 'polling');

  fs.writeFileSync(path.join(folder, 'first.ts'), '1');
  await expect.poll(() => saved, { timeout: 10_000 }).toEqual(['first.ts']);
  fs.writeFileSync(path.join(folder, 'second.ts'), '2');
  finish();
  await expect.poll(() => saved, { timeout: 10_000 }).toEqual(['first.ts', 'second.ts']);
});
