// A learner's program as a process: started, watched, signalled and always ended from outside.
import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { type ProcessIdentity, signalGroup } from '#infra/machine/process-identity.ts';
import type { Run } from '#infra/machine/run.ts';
import { waitUntil } from '#infra/machine/wait-until.ts';
import { WORKBOOK } from './compile.ts';

/** Most characters of output that are kept; what a flooding program printed before is forgotten, not the machine. */
const OUTPUT_LIMIT = 1_000_000;

const NODE_FRAME = /^\s+at .*\bnode:internal\//;

export interface ProgramOptions {
  /** The compiled program. */
  file: string;
  args?: string[];
  env: Record<string, string | undefined>;
  /** The only folder that the program may write to. */
  folder: string;
  run: Run;
  /** With a debugger port, the permission model is off. */
  inspectPort?: number;
  onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
}

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export class Program {
  readonly name: string;
  exit: Exit | undefined;
  stdout = '';
  stderr = '';
  readonly #child: ChildProcess;
  readonly #identity: ProcessIdentity;

  private constructor(options: ProgramOptions) {
    this.name = path.basename(options.file, '.mjs');
    this.#child = spawn(process.execPath, [...nodeFlags(options), options.file, ...(options.args ?? [])], {
      // Nothing of the grader's own environment: no NODE_ENV (kafkajs changes its retries for `test`), no secrets.
      env: { KAFKAJS_NO_PARTITIONER_WARNING: '1', ...options.env },
      cwd: options.folder,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#identity = options.run.adopt(this.#child);
    this.#child.once('exit', (code, signal) => {
      this.exit = { code, signal };
    });
    this.#capture('stdout', options.onLine);
    this.#capture('stderr', options.onLine);
  }

  static start(options: ProgramOptions): Program {
    return new Program(options);
  }

  get pid(): number {
    return this.#identity.pid;
  }

  signal(signal: NodeJS.Signals): void {
    if (!this.exit) signalGroup(this.#identity, signal);
  }

  /** Resolves with how the program ended; rejects when it is still running after `limitMs`. */
  async waitForExit(limitMs: number): Promise<Exit> {
    await waitUntil(() => this.exit !== undefined, limitMs, `${this.name} to end`);
    return this.exit as Exit;
  }

  /** Ends it at once, and everything it has started. */
  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.waitForExit(5_000);
  }

  /** The last lines of both streams, for evidence; Node's own stack frames say nothing to a learner. */
  tail(lines = 8): string {
    const text = [this.stdout, this.stderr].map((stream) => stream.trimEnd()).filter((stream) => stream !== '');
    const telling = text.flatMap((stream) => stream.split('\n')).filter((line) => !NODE_FRAME.test(line));
    return telling.slice(-lines).join('\n');
  }

  #capture(stream: 'stdout' | 'stderr', onLine: ProgramOptions['onLine']): void {
    let partial = '';
    this.#child[stream]?.setEncoding('utf8').on('data', (chunk: string) => {
      this[stream] = (this[stream] + chunk).slice(-OUTPUT_LIMIT);
      if (!onLine) return;
      const lines = (partial + chunk).split('\n');
      partial = (lines.pop() ?? '').slice(-OUTPUT_LIMIT);
      for (const line of lines) onLine(line, stream);
    });
  }
}

/** A seat belt against accidents: a program reads its bundle and the packages, writes its folder, starts nothing. */
function nodeFlags({ file, folder, inspectPort }: ProgramOptions): string[] {
  const quiet = ['--disable-warning=TimeoutNegativeWarning', '--disable-warning=ExperimentalWarning'];
  const common = ['--enable-source-maps', ...quiet];
  if (inspectPort !== undefined) return [...common, `--inspect=127.0.0.1:${inspectPort}`];
  const readable = [path.dirname(file), folder, path.join(WORKBOOK, 'node_modules'), path.join(WORKBOOK, 'shared')];
  return [
    ...common,
    '--permission',
    ...readable.map((place) => `--allow-fs-read=${place}`),
    `--allow-fs-write=${folder}`,
  ];
}
