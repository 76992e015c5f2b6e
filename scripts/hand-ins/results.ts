// What a batch has found out so far, a file for each job, so that a batch which was ended in the middle can go on.
import fs from 'node:fs';
import path from 'node:path';
import { GuidedError } from '#infra/machine/guided-error.ts';
import { writeAtomically } from '#infra/maven/artifacts.ts';
import type { Report } from '../grader/verdict.ts';

/** One chapter of one hand-in, judged. */
export interface Result {
  /** Of what was judged, and by which workbook: another one makes the result worthless. */
  digest: string;
  report: Report;
}

export class Results {
  readonly #folder: string;

  /** Throws a GuidedError when the folder holds results already and they are not to be used. */
  constructor(out: string, resume: boolean) {
    this.#folder = path.join(out, 'results');
    if (resume || !fs.existsSync(this.#folder) || fs.readdirSync(this.#folder).length === 0) return;
    throw new GuidedError(
      `${out} holds the results of an earlier batch.`,
      'the same command with --resume, which goes on with it, or with another --out.',
    );
  }

  /** What was found out about exactly this; nothing where it could not be graded, which is worth another try. */
  find(slug: string, chapter: string, digest: string): Report | undefined {
    try {
      const result = JSON.parse(fs.readFileSync(this.#file(slug, chapter), 'utf8')) as Result;
      const settled = result.report.checks.every(({ verdict }) => verdict !== 'could not grade');
      return result.digest === digest && settled ? result.report : undefined;
    } catch {
      return undefined;
    }
  }

  save(slug: string, chapter: string, result: Result): void {
    const file = this.#file(slug, chapter);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    writeAtomically(file, `${JSON.stringify(result, null, 2)}\n`);
  }

  #file(slug: string, chapter: string): string {
    return path.join(this.#folder, slug, `${chapter}.json`);
  }
}
