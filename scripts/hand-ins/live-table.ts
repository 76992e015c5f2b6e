// The batch as it goes: a table that is drawn again in place, or, where there is no terminal or too little of it, a line for each job.
import readline from 'node:readline';
import { styleText } from 'node:util';
import type { Chapter } from '../chapters.ts';
import type { Report } from '../grader/verdict.ts';
import type { Judged } from './outcome.ts';

const WIDEST_NAME = 28;
const DRAW_MS = 100;
const MARKS: Record<Report['verdict'], string> = {
  passed: styleText('green', '✓'),
  failed: styleText('red', '✗'),
  'not attempted': styleText('dim', '·'),
  'could not grade': styleText('yellow', '!'),
};

export class LiveTable {
  readonly #chapters: Chapter[];
  readonly #begun = new Set<string>();
  #judged: Judged[] = [];
  #done = 0;
  #drawn = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(chapters: Chapter[]) {
    this.#chapters = chapters;
  }

  begin(judged: Judged[]): void {
    this.#judged = judged;
    for (const { handIn, intake } of judged)
      if (intake.trouble) console.log(`${MARKS['could not grade']} ${handIn.name}: ${intake.trouble}`);
    this.#draw();
  }

  job({ handIn }: Judged, { folder }: Chapter, report?: Report): void {
    if (!report) this.#begun.add(`${handIn.slug} ${folder}`);
    else this.#done++;
    if (this.#inPlace()) this.#timer ??= setTimeout(() => this.#draw(), DRAW_MS);
    else if (report) console.log(this.#line(handIn.name, folder, report));
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#draw();
  }

  #line(name: string, folder: string, { verdict, points, maxPoints, durationMs }: Report): string {
    const all = this.#judged.reduce((sum, { intake }) => sum + Object.keys(intake.chapters).length, 0);
    const score = maxPoints > 0 ? `, ${points} of ${maxPoints} points, ${Math.round(durationMs / 1_000)} s` : '';
    return `${MARKS[verdict]} ${String(this.#done).padStart(String(all).length)}/${all}  ${name}  ${folder}: ${verdict}${score}`;
  }

  #inPlace(): boolean {
    return process.stdout.isTTY && this.#judged.length + 3 < process.stdout.rows;
  }

  #draw(): void {
    this.#timer = undefined;
    if (!this.#inPlace()) return;
    readline.moveCursor(process.stdout, 0, -this.#drawn);
    readline.clearScreenDown(process.stdout);
    const head = `${''.padEnd(WIDEST_NAME)}  ${this.#chapters.map(({ folder }) => folder).join('  ')}`;
    const lines = [styleText('bold', head), ...this.#judged.map((one) => this.#row(one))];
    process.stdout.write(`${lines.join('\n')}\n`);
    this.#drawn = lines.length;
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
