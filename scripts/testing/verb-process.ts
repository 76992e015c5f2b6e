// For tests: a verb as a learner starts it, and what must be true of it when something is wrong.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { cacheFolder } from '#infra/machine/cache.ts';
import { waitUntil } from '#infra/machine/wait-until.ts';
import { WORKBOOK } from '#shared/testing/compile.ts';

export const LIMIT_MS = 90_000;

/** Where npm puts the workbook's own Node. */
export const NODE_FOLDER = path.join(WORKBOOK, 'node_modules', '.bin');

/** What a test worker's environment has of a learner's: NODE_ENV and NODE_OPTIONS are its own. */
export function learnersEnvironment(): NodeJS.ProcessEnv {
  const { NODE_ENV: _, NODE_OPTIONS: __, VITEST: ___, ...inherited } = process.env;
  return inherited;
}

export interface StartOptions {
  /** Added to a learner's environment; `undefined` removes a variable. */
  env?: Record<string, string | undefined>;
  /** A file descriptor in place of the pipe that stdout is read from. */
  stdout?: number;
  /** `pipe`: keys are written to `child.stdin`. */
  stdin?: 'pipe';
  /** The workbook whose verb it is, in place of this one. */
  workbook?: string;
}

export type RunningVerb = ReturnType<typeof startWith>;

/** Starts a verb as npm does, in a process group of its own. */
export function start(verb: string, ...args: string[]): RunningVerb {
  return startWith({}, verb, ...args);
}

export function startWith(
  { env = {}, stdin, stdout, workbook = WORKBOOK }: StartOptions,
  verb: string,
  ...args: string[]
) {
  const child = spawn(path.join(NODE_FOLDER, 'node'), ['scripts/run.mjs', verb, ...args], {
    cwd: workbook,
    detached: true,
    env: { ...learnersEnvironment(), ...env },
    stdio: [stdin ?? 'ignore', stdout ?? 'pipe', 'pipe'],
  });
  const running = {
    child,
    output: '',
    code: undefined as number | null | undefined,
    signal: null as NodeJS.Signals | null,
  };
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      running.output += text;
    });
  }
  // Not before all that it has said is here.
  child.once('close', (code, signal) => Object.assign(running, { code, signal }));
  onTestFinished(() => {
    if (running.code === undefined) child.kill('SIGTERM');
  });
  return running;
}

export async function finished(running: RunningVerb, limitMs = LIMIT_MS): Promise<RunningVerb> {
  await waitUntil(() => running.code !== undefined, limitMs, 'the verb to end').catch((error: Error) => {
    throw new Error(`${error.message}; it said:\n${running.output}`);
  });
  return running;
}

/** Sends what Ctrl-C sends: SIGINT to the whole foreground group, if there still is one. */
export function pressCtrlC({ child }: RunningVerb): void {
  try {
    process.kill(-(child.pid ?? 0), 'SIGINT');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Folders of runs that belong to a process. */
export function runsOf(pid: number | undefined): string[] {
  return fs.readdirSync(cacheFolder('runs')).filter((run) => run.startsWith(`${pid}-`));
}

/** What a refusal looks like: the sentence, one next step, no stack trace, and an exit code that says so. */
export function expectRefusal({ output, code }: RunningVerb, sentence: string, next: string): void {
  expect(output).toContain(sentence);
  expect(output.match(/Next:/g), output).toHaveLength(1);
  expect(output.slice(output.indexOf('Next:'))).toContain(next);
  expect(output).not.toMatch(/^\s+at /m);
  expect(output).not.toContain('please report');
  expect(code).toBeGreaterThan(0);
}
