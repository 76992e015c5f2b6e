// The grading that the page has started: its checks as they turn green or red.
import type { GradedCheck, Grading } from '#docs/site/client/lab/messages.ts';
import { GuidedError } from '#infra/machine/guided-error.ts';
import { findChapter } from '../../chapters.ts';
import type { CheckReport } from '../../grader/verdict.ts';
import { taskOf } from '../../learner/task-of-check.ts';
import type { GradeLine } from './grade-lines.ts';
import type { Listeners } from './listeners.ts';
import { startVerb, type VerbChild } from './verb-child.ts';

/** Its own words when it fails, for the page. */
const WORDS_KEPT = 6;

export class GradeProcess {
  readonly #listeners: Listeners;
  #child: VerbChild | undefined;
  #grading: Grading | undefined;
  #words: string[] = [];

  constructor(listeners: Listeners) {
    this.#listeners = listeners;
  }

  /** Grades the learner's programs of a chapter. Throws a GuidedError while another grading is under way. */
  start(chapterName: string): void {
    const chapter = findChapter(chapterName);
    if (this.#child) throw new GuidedError('A grading is under way.', 'wait for it, or stop it first.');
    this.#words = [];
    this.#grading = { chapter: chapter.folder, state: 'running', status: 'getting ready', checks: [] };
    this.#child = startVerb(['docs-site/live/grade-lines', chapter.number], (line) => this.#hear(line));
    this.#child.once('close', () => this.#ended());
    this.#tell({});
  }

  stop(): void {
    this.#child?.kill('SIGTERM');
  }

  #hear(text: string): void {
    const line = parsed(text);
    if (!line) this.#words = [...this.#words, text].slice(-WORDS_KEPT);
    else if ('status' in line) this.#tell({ status: line.status });
    else if ('check' in line) this.#tell({ checks: [...(this.#grading?.checks ?? []), shown(line.check)] });
    else {
      const { verdict, points, maxPoints, checks } = line.report;
      this.#tell({ state: 'over', status: '', verdict, points, maxPoints, checks: checks.map(shown) });
    }
  }

  #ended(): void {
    this.#child = undefined;
    if (this.#grading?.state === 'running')
      this.#tell({ state: 'stopped', status: this.#words.join('\n') || 'stopped' });
  }

  #tell(change: Partial<Grading>): void {
    if (!this.#grading) return;
    this.#grading = { ...this.#grading, ...change };
    this.#listeners.tell({ kind: 'grading', grading: this.#grading });
  }
}

function parsed(text: string): GradeLine | undefined {
  try {
    return JSON.parse(text) as GradeLine;
  } catch {
    return undefined;
  }
}

function shown(check: CheckReport): GradedCheck {
  const task = taskOf(check);
  return { ...check, ...(task !== undefined && { task }) };
}
