// What a learner reads when a chapter's mutants are graded, recorded in one document so that it is reviewed like code.
import fs from 'node:fs';
import path from 'node:path';
import type { Mutant } from '#shared/mutant.ts';
import { WORKBOOK } from '#shared/testing/compile.ts';
import type { Chapter } from '../chapters.ts';
import type { CheckReport } from '../grader/verdict.ts';

const FILE = 'mutants.red.md';
const WRITE = 'npm run check -- --write, and read the difference as a learner would';

export class RedRecord {
  readonly #file: string;
  readonly #title: string;
  readonly #entries: Map<string, string>;
  readonly #seen = new Map<string, string>();

  constructor({ folder, title }: Chapter) {
    this.#file = path.join(WORKBOOK, 'solutions', folder, FILE);
    this.#title = title;
    this.#entries = fs.existsSync(this.#file) ? entriesOf(fs.readFileSync(this.#file, 'utf8')) : new Map();
  }

  /** Notes the red output of a mutant. */
  see({ name, caughtBy }: Mutant, { title, evidence, why, next }: CheckReport): void {
    const text = [evidence.trimEnd(), '', `Why it matters: ${why}`, `Next: ${next}`].join('\n');
    this.#seen.set(name, `Caught by \`${caughtBy}\`: ${title}.\n\n\`\`\`text\n${steady(text)}\n\`\`\``);
  }

  /**
   * Returns what is missing in the record, or no longer what a learner reads. With `write`, brings it up to date. What
   * may change from run to run (records, times, what a race shows first) is not compared: an entry stays as long as the
   * check's own sentences do.
   */
  save(mutants: Mutant[], write: boolean): string[] {
    const stale = [...this.#seen].filter(([name, text]) => sentencesOf(this.#entries.get(name)) !== sentencesOf(text));
    const names = new Set(mutants.map(({ name }) => name));
    const gone = [...this.#entries.keys()].filter((name) => !names.has(name));
    if (!write) {
      return [...stale.map(([name]) => name), ...gone].map(
        (name) => `${this.#file}: ${name} is not recorded as it is: ${WRITE}`,
      );
    }
    for (const [name, text] of stale) this.#entries.set(name, text);
    const texts = mutants
      .filter(({ name }) => this.#entries.has(name))
      .map(({ name }) => `## ${name}\n\n${this.#entries.get(name)}\n`);
    if (stale.length + gone.length > 0) fs.writeFileSync(this.#file, [this.#heading(), ...texts].join('\n'));
    return [];
  }

  #heading(): string {
    return `# ${this.#title}: what the check that catches each mutant says\n\nMade by \`npm run check -- --write\`; ids, times and ports are examples.\n`;
  }
}

function entriesOf(text: string): Map<string, string> {
  const [, ...sections] = text.split(/^## /m);
  return new Map(
    sections.map((section) => {
      const end = section.indexOf('\n');
      return [section.slice(0, end), section.slice(end).trim()];
    }),
  );
}

/** The lines that are the same in every run: which check it is, why it matters, and what to do. */
function sentencesOf(entry: string | undefined): string | undefined {
  return entry
    ?.split('\n')
    .filter((line) => /^(Caught by|Why it matters: |Next: )/.test(line))
    .join('\n');
}

/** The text with what is different in every run replaced, so that two records of the same thing hardly differ. */
function steady(text: string): string {
  return text
    .replaceAll(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/gi, '11111111-2222-4333-8444-555555555555')
    .replaceAll(/\b[0-9a-f]{8}(-[0-9a-f]{4}){2}-[0-9a-f]*…/g, '11111111-2222-4333-8…')
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, '2026-01-02T03:04:05.678Z')
    .replaceAll(/127\.0\.0\.1:\d{4,5}/g, '127.0.0.1:9092')
    .replaceAll(/file:\/\/\S+\/|(?<=\s)\/\S+\/(?=[\w.-]+\.ts\b)/g, '')
    .replaceAll('```', "'''");
}
