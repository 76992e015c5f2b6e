// What an instructor sees while a batch goes on, in terminals of several sizes.
import { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { findChapter } from '../chapters.ts';
import type { Report } from '../grader/verdict.ts';
import { LiveTable } from './live-table.ts';
import type { Judged } from './outcome.ts';

const FIRST = findChapter('02');
const CHAPTERS = [FIRST, findChapter('03')];

function classOf(count: number): Judged[] {
  const chapters = Object.fromEntries(CHAPTERS.map(({ folder }) => [folder, { digest: '' }]));
  return Array.from({ length: count }, (_, index) => {
    const name = `learner-${index}`;
    return {
      handIn: { name, slug: name, place: '' },
      intake: { chapters, refusedChapters: {}, leftOut: [], changedElsewhere: [] },
      reports: new Map(),
    };
  });
}

function reportOf(subject: string): Report {
  const found = { verdict: 'passed', points: 7, maxPoints: 9, durationMs: 2_000 } as const;
  return { chapter: FIRST.folder, subject, ...found, parts: [], checks: [] };
}

/** A terminal of so many rows and columns, and what was written to it, without colours and movements. */
function terminal(size: { isTTY: boolean; rows: number; columns: number }) {
  const pieces: string[] = [];
  const write = (piece: Buffer | string, _: unknown, done: () => void) => {
    pieces.push(stripVTControlCharacters(String(piece)));
    done();
  };
  const stream = Object.assign(new Writable({ write }), size) as unknown as NodeJS.WriteStream;
  return { stream, last: () => pieces.filter((piece) => piece.trim() !== '').at(-1) ?? '' };
}

/** Judges the first chapter of the last learner but one, and begins that of the last one. */
function play(table: LiveTable, judged: Judged[]): void {
  const [done, begun] = judged.slice(-2);
  if (!done || !begun) throw new Error('too small a class');
  table.begin(judged);
  const report = reportOf(done.handIn.name);
  done.reports.set(report.chapter, report);
  table.job(done, FIRST, report);
  table.job(begun, FIRST);
  table.end();
}

test.each([3, 60])(
  'of a class of %i no more is shown than the terminal has lines, and everybody of whom there is news',
  (count) => {
    const { stream, last } = terminal({ isTTY: true, rows: 20, columns: 80 });
    const judged = classOf(count);
    play(new LiveTable(CHAPTERS, stream), judged);
    const lines = last().trimEnd().split('\n');
    expect(lines.length).toBeLessThan(20);
    expect(lines.find((line) => line.startsWith(`learner-${count - 2} `))).toContain('✓ 7/9');
    expect(lines.find((line) => line.startsWith(`learner-${count - 1} `))).toContain('runs');
    expect(lines.at(-1)).toBe(`1 of ${count * 2} done${count > 17 ? `; ${count - 17} more hand-ins` : ''}`);
  },
);

test.each([
  { isTTY: true, rows: 6, columns: 80 },
  { isTTY: true, rows: 50, columns: 40 },
  { isTTY: false, rows: 50, columns: 80 },
])('where there is no room for a table each job is a line: %o', (size) => {
  const { stream, last } = terminal(size);
  play(new LiveTable(CHAPTERS, stream), classOf(30));
  expect(last()).toBe(`✓  1/60  learner-28  ${FIRST.folder}: passed, 7 of 9 points, 2 s\n`);
});
