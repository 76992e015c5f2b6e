// The lab that the page has started: the very verb that a terminal would run, and what it prints.
import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { LabOutput } from '#docs/site/client/lab/messages.ts';
import { GuidedError } from '#infra/machine/guided-error.ts';
import { WORKBOOK } from '#shared/testing/compile.ts';
import { Output } from '#shared/testing/output.ts';
import { findChapter } from '../../chapters.ts';
import { findRunningLab } from '../../live/running-lab.ts';
import type { Listeners } from './listeners.ts';

const LINES_KEPT = 300;
const TELL_MS = 300;

export class LabProcess {
  readonly #listeners: Listeners;
  #child: ChildProcess | undefined;
  #output: LabOutput | undefined;
  #telling: NodeJS.Timeout | undefined;

  constructor(listeners: Listeners) {
    this.#listeners = listeners;
    // The lab has a run of its own, which it ends itself when it is asked to, or when nobody reads any more what it says.
    process.once('exit', () => this.#child?.kill('SIGTERM'));
  }

  /** Starts a chapter's lab. Throws a GuidedError when one is up already. */
  start(chapter: string, subject: LabOutput['subject']): void {
    const { number, folder } = findChapter(chapter);
    const up = findRunningLab();
    if (up || this.#child) {
      throw new GuidedError(`A lab is up already${up ? `: ${up.chapter}` : ''}.`, 'end it first, here or by Ctrl-C.');
    }
    const child = spawn(process.execPath, ['scripts/run.mjs', subject === 'labs' ? 'lab' : 'solution', number], {
      cwd: WORKBOOK,
      detached: true,
      env: { ...process.env, NODE_OPTIONS: '', PATH: `${path.dirname(process.execPath)}:${process.env.PATH}` },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    const output: LabOutput = { chapter: folder, subject, running: true, lines: [] };
    this.#output = output;
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on(
        'data',
        new Output().taker((line) => this.#hear(output, line)),
      );
    child.once('close', () => {
      output.running = false;
      this.#child = undefined;
      this.#tell();
    });
    this.#tell();
  }

  #hear(output: LabOutput, line: string): void {
    output.lines.push(stripVTControlCharacters(line));
    if (output.lines.length > LINES_KEPT) output.lines.splice(0, output.lines.length - LINES_KEPT);
    this.#telling ??= setTimeout(() => this.#tell(), TELL_MS);
  }

  #tell(): void {
    clearTimeout(this.#telling);
    this.#telling = undefined;
    if (this.#output) this.#listeners.tell({ kind: 'output', output: this.#output });
  }
}
