// The lab that the page has started, and what it prints.
import { stripVTControlCharacters } from 'node:util';
import type { LabOutput } from '#docs/site/client/lab/messages.ts';
import { GuidedError } from '#infra/machine/guided-error.ts';
import { findChapter } from '../../chapters.ts';
import { findRunningLab } from '../../live/running-lab.ts';
import type { Listeners } from './listeners.ts';
import { startVerb, type VerbChild } from './verb-child.ts';

const LINES_KEPT = 300;
const TELL_MS = 300;

export class LabProcess {
  readonly #listeners: Listeners;
  #child: VerbChild | undefined;
  #output: LabOutput | undefined;
  #telling: NodeJS.Timeout | undefined;

  constructor(listeners: Listeners) {
    this.#listeners = listeners;
  }

  /** Starts a chapter's lab. Throws a GuidedError when one is up already. */
  start(chapter: string, subject: LabOutput['subject']): void {
    const { number, folder } = findChapter(chapter);
    const up = findRunningLab();
    if (up || this.#child)
      throw new GuidedError(`A lab is up already${up ? `: ${up.chapter}` : ''}.`, 'end it first, here or by Ctrl-C.');
    const output: LabOutput = { chapter: folder, subject, running: true, lines: [] };
    this.#output = output;
    this.#child = startVerb([subject === 'labs' ? 'lab' : 'solution', number], (line) => this.#hear(output, line));
    this.#child.once('close', () => {
      output.running = false;
      this.#child = undefined;
      this.#tell();
    });
    this.#tell();
  }

  /** Its process, while it runs. A verb replaces the process that starts it, and so keeps its number. */
  get owner(): number | undefined {
    return this.#child?.pid;
  }

  /** Ends the lab that was started here, if it is still up. */
  end(): boolean {
    return this.#child?.kill('SIGTERM') ?? false;
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
