// A learner's program as a process: started, watched, signalled and always ended from outside.
import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { identify, isAlive, type ProcessIdentity, signalGroup } from '#infra/machine/process-identity.ts';
import type { Run } from '#infra/machine/run.ts';
import { waitUntil } from '#infra/machine/wait-until.ts';
import { WORKBOOK } from './compile.ts';
import { Output } from './output.ts';
import { withoutRepetitions } from './repetitions.ts';
import { HEAP_MB, limits, type Sandbox } from './sandbox.ts';

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
  onLine?: (line: string) => void;
  /** Somebody else's program, and not to be trusted. */
  sandbox?: Sandbox | undefined;
}

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** Set when the program has attacked the process that started it. */
  killedItsParent?: boolean;
}

/**
 * The program's parent is this shell, and not the grader: a program that signals its parent hits something that can be
 * spared. It tells on descriptor 3 which process it has started and how that ended.
 */
const GUARD = '"$@" 3>&- & echo "$!" >&3; wait "$!"; echo "exit $?" >&3';
/** A shell reports an end by signal n as exit code 128 + n (POSIX, "Exit Status for Commands"). */
const SIGNALS: Record<number, NodeJS.Signals> = {
  130: 'SIGINT',
  134: 'SIGABRT',
  137: 'SIGKILL',
  139: 'SIGSEGV',
  143: 'SIGTERM',
};

export class Program {
  readonly name: string;
  exit: Exit | undefined;
  readonly #stdout = new Output();
  readonly #stderr = new Output();
  readonly #guard: ChildProcess;
  readonly #group: ProcessIdentity;
  /** The program itself, once the guard has named it. */
  #process: ProcessIdentity | undefined;
  /** What the guard has said of its end. */
  #reported: Exit | undefined;
  /** We are ending it ourselves. */
  #ending = false;

  private constructor(options: ProgramOptions) {
    this.name = path.basename(options.file, '.mjs');
    const { sandbox } = options;
    if (sandbox) fs.chownSync(options.folder, sandbox.uid, sandbox.uid);
    const command = [process.execPath, ...nodeFlags(options), options.file, ...(options.args ?? [])];
    this.#guard = spawn('/bin/sh', ['-c', sandbox ? `${limits()}; ${GUARD}` : GUARD, 'guard', ...command], {
      // Nothing of the grader's own environment: no NODE_ENV (kafkajs changes its retries for `test`), no secrets.
      env: { KAFKAJS_NO_PARTITIONER_WARNING: '1', ...options.env },
      cwd: options.folder,
      detached: true,
      ...(sandbox && { uid: sandbox.uid, gid: sandbox.uid }),
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    });
    this.#group = options.run.adopt(this.#guard);
    this.#guard.once('exit', (_code, signal) => this.#guardEnded(signal));
    // Not before everything that was printed has been read: evidence must not depend on which pipe is faster.
    this.#guard.once('close', (_code, signal) => this.#end(this.#reported ?? { code: null, signal }));
    this.#guard.stdout?.setEncoding('utf8').on('data', this.#stdout.taker(options.onLine));
    this.#guard.stderr?.setEncoding('utf8').on('data', this.#stderr.taker(options.onLine));
    const news = this.#guard.stdio[3] as NodeJS.ReadableStream;
    news.setEncoding('utf8').on(
      'data',
      new Output().taker((line) => this.#hear(line)),
    );
  }

  static start(options: ProgramOptions): Program {
    return new Program(options);
  }

  /** What it has printed, up to a limit; of a flood, the end. */
  get stdout(): string {
    return this.#stdout.text;
  }

  get stderr(): string {
    return this.#stderr.text;
  }

  /** Sends a signal to the program itself. */
  signal(signal: NodeJS.Signals): void {
    if (this.exit || !this.#process || !isAlive(this.#process)) return;
    process.kill(this.#process.pid, signal);
  }

  /** Resolves with how the program ended; rejects when it is still running after `limitMs`. */
  async waitForExit(limitMs: number): Promise<Exit> {
    await waitUntil(() => this.exit !== undefined, limitMs, `${this.name} to end`);
    return this.exit as Exit;
  }

  /** Ends it at once, and everything it has started. */
  async kill(): Promise<void> {
    this.#ending = true;
    signalGroup(this.#group, 'SIGKILL');
    await this.waitForExit(5_000);
  }

  /** The last lines of both streams, for evidence; Node's own stack frames say nothing to a learner. */
  tail(lines = 8): string {
    const text = [this.stdout, this.stderr].map((stream) => stream.trimEnd()).filter((stream) => stream !== '');
    const telling = text.flatMap((stream) => stream.split('\n')).filter((line) => !NODE_FRAME.test(line));
    return withoutRepetitions(telling).slice(-lines).join('\n');
  }

  #hear(line: string): void {
    const [, code] = /^exit (\d+)$/.exec(line) ?? [];
    if (code === undefined) {
      this.#process = identify(Number(line));
    } else {
      const signal = SIGNALS[Number(code)] ?? null;
      this.#reported = { code: signal ? null : Number(code), signal };
      setTimeout(() => this.#end(this.#reported as Exit), PIPES_LIMIT_MS).unref();
    }
  }

  /** The guard ends after the program; when it is killed before, that was the program's doing. */
  #guardEnded(signal: NodeJS.Signals | null): void {
    if (!signal || this.#ending) return;
    this.#end({ code: null, signal, killedItsParent: true });
    signalGroup(this.#group, 'SIGKILL');
  }

  #end(exit: Exit): void {
    this.exit ??= exit;
  }
}

/** A process that it has started may keep its pipes open; the program has ended all the same. */
const PIPES_LIMIT_MS = 1_000;

const NODE_FRAME = /^\s+at .*\bnode:internal\//;

/** A seat belt against accidents: a program reads its bundle and the packages, writes its folder, starts nothing. */
function nodeFlags({ file, folder, inspectPort, sandbox }: ProgramOptions): string[] {
  const quiet = ['--disable-warning=TimeoutNegativeWarning', '--disable-warning=ExperimentalWarning'];
  const heap = sandbox ? [`--max-old-space-size=${HEAP_MB}`] : [];
  const common = ['--enable-source-maps', ...heap, ...quiet];
  if (inspectPort !== undefined) return [...common, `--inspect=127.0.0.1:${inspectPort}`];
  // The permission model compares real paths, and packages may be a link to those of another checkout.
  const packages = fs.realpathSync(path.join(WORKBOOK, 'node_modules'));
  const readable = [
    path.dirname(file),
    folder,
    packages,
    path.join(WORKBOOK, 'node_modules'),
    path.join(WORKBOOK, 'shared'),
  ];
  return [
    ...common,
    '--permission',
    ...readable.map((place) => `--allow-fs-read=${place}`),
    `--allow-fs-write=${folder}`,
  ];
}
