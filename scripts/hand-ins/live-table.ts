// The batch as it goes: a table that is drawn again in place, or, where there is no terminal or one that is too small, a line for
// each job. Of a class that is larger than the terminal it shows those of whom there is news.
import readline from 'node:readline';
import { styleText } from 'node:util';
import type { Chapter } from '../chapters.ts';
import type { Report } from '../grader/verdict.ts';
import type { Judged } from './outcome.ts';

const WIDEST_NAME = 28;
const DRAW_MS = 100;
/** Below the hand-ins: how far the batch is, and the line of the cursor. With the head above them. */
const OTHER_LINES = 3;
/** With fewer hand-ins in sight a line for each job tells more. */
const FEWEST_ROWS = 4;
const MARKS: Record<Report['verdict'], string> = {
  passed: styleText('green', '✓'),
  failed: styleText('red', '✗'),
  'not attempted': styleText('dim', '·'),
  'could not grade': styleText('yellow', '!'),
};

export class LiveTable {
  readonly #chapters: Chapter[];
  readonly #out: NodeJS.WriteStream;
  readonly #begun = new Set<string>();
  /** Slugs, those of whom there was news last at the end. */
  readonly #news = new Set<string>();
  #judged: Judged[] = [];
  #done = 0;
  #drawn = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(chapters: Chapter[], out: NodeJS.WriteStream = process.stdout) {
    this.#chapters = chapters;
    this.#out = out;
  }

  begin(judged: Judged[]): void {
    this.#judged = judged;
    for (const { handIn, intake } of judged)
      if (intake.trouble) this.#say(`${MARKS['could not grade']} ${handIn.name}: ${intake.trouble}`);
    this.#draw();
  }

  job({ handIn }: Judged, { folder }: Chapter, report?: Report): void {
    if (!report) this.#begun.add(`${handIn.slug} ${folder}`);
    else this.#done++;
    this.#news.delete(handIn.slug);
    this.#news.add(handIn.slug);
    if (this.#inPlace()) this.#timer ??= setTimeout(() => this.#draw(), DRAW_MS);
    else if (report) this.#say(this.#line(handIn.name, folder, report));
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#draw();
  }

  #say(line: string): void {
    this.#out.write(`${line}\n`);
  }

  #line(name: string, folder: string, { verdict, points, maxPoints, durationMs }: Report): string {
    const all = String(this.#all());
    const score = maxPoints > 0 ? `, ${points} of ${maxPoints} points, ${Math.round(durationMs / 1_000)} s` : '';
    return `${MARKS[verdict]} ${String(this.#done).padStart(all.length)}/${all}  ${name}  ${folder}: ${verdict}${score}`;
  }

  /** How many jobs there are. */
  #all(): number {
    return this.#judged.reduce((sum, { intake }) => sum + Object.keys(intake.chapters).length, 0);
  }

  /** A line that is wider than the terminal becomes two, and the table would be drawn over itself. */
  #inPlace(): boolean {
    const { isTTY, columns } = this.#out;
    return isTTY && this.#room() >= FEWEST_ROWS && this.#head().length <= columns;
  }

  /** For how many hand-ins there is a line. */
  #room(): number {
    return this.#out.rows - OTHER_LINES;
  }

  #head(): string {
    return `${''.padEnd(WIDEST_NAME)}  ${this.#chapters.map(({ folder }) => folder).join('  ')}`;
  }

  #draw(): void {
    this.#timer = undefined;
    if (!this.#inPlace()) return;
    readline.moveCursor(this.#out, 0, -this.#drawn);
    readline.clearScreenDown(this.#out);
    const shown = this.#shown();
    const hidden = this.#judged.length - shown.length;
    const foot = `${this.#done} of ${this.#all()} done${hidden > 0 ? `; ${hidden} more hand-ins` : ''}`;
    const lines = [styleText('bold', this.#head()), ...shown.map((one) => this.#row(one)), styleText('dim', foot)];
    this.#say(lines.join('\n'));
    this.#drawn = lines.length;
  }

  /** As many as there is room for, in their order: those of whom there was news last, then those who come next. */
  #shown(): Judged[] {
    const bySlug = new Map(this.#judged.map((one) => [one.handIn.slug, one]));
    const newest = [...this.#news].reverse();
    const others = [...bySlug.keys()].filter((slug) => !this.#news.has(slug));
    const shown = new Set([...newest, ...others].slice(0, this.#room()));
    return this.#judged.filter(({ handIn }) => shown.has(handIn.slug));
  }

  #row({ handIn, intake, reports }: Judged): string {
    const cells = this.#chapters.map(({ folder }) => {
      const report = reports.get(folder);
      const text = report ? `${report.points}/${report.maxPoints}` : this.#waiting(handIn.slug, folder, intake);
      return `${report ? MARKS[report.verdict] : ' '} ${text}`.padEnd(
        folder.length + (report ? MARKS[report.verdict].length - 1 : 0),
      );
    });
    return `${handIn.name.slice(0, WIDEST_NAME).padEnd(WIDEST_NAME)}  ${cells.join('  ')}`;
  }

  #waiting(slug: string, folder: string, { chapters, trouble }: Judged['intake']): string {
    if (trouble) return '!';
    if (!chapters[folder]) return '';
    return this.#begun.has(`${slug} ${folder}`) ? 'runs' : '…';
  }
}
