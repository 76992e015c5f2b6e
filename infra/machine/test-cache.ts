// For tests: a cache folder of their own, and programs of ours as child processes that end with the test.
import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, onTestFinished, vi } from 'vitest';
import { cacheFolder } from './cache.ts';

/**
 * Gives every test of the file an empty WORKBOOK_CACHE. `shared` names folders of the real cache that are linked into it,
 * so that nothing is downloaded twice.
 */
export function scratchCache(shared: string[] = []): void {
  beforeEach(() => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'workbook-cache-'));
    for (const name of shared) {
      fs.mkdirSync(cacheFolder(name), { recursive: true });
      fs.symlinkSync(cacheFolder(name), path.join(folder, name));
    }
    vi.stubEnv('WORKBOOK_CACHE', folder);
  });
  afterEach(() => {
    const folder = cacheFolder();
    vi.unstubAllEnvs();
    fs.rmSync(folder, { recursive: true, force: true });
  });
}

export interface Script {
  child: ChildProcess;
  output: () => string;
}

/** Runs a program below `infra` in the test's environment and kills it when the test is over. */
export function runScript(program: string, args: string[]): Script {
  const script = path.join(import.meta.dirname, '..', program);
  const child = spawn(process.execPath, ['--use-system-ca', '--import', 'tsx', script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return { child, output: () => text };
}
