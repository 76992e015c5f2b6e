// The long proof of `npm run grade`: a class of forty whose verdicts are known, graded one after another and then as many at a
// time as this machine holds. Says how many jobs a minute that was, and how much memory it took at its peak.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Run } from '#infra/machine/run.ts';
import type { Edit } from '#shared/mutant.ts';
import { WORKBOOK } from '#shared/testing/compile.ts';
import { type Chapter, chapterFolder, provenChapters } from '../chapters.ts';
import { lanesOf } from '../grader/lanes.ts';
import { mutatedSubject } from '../grader/mutated-subject.ts';
import { parallelJobs } from '../grader/parallel-jobs.ts';
import type { Report } from '../grader/verdict.ts';
import { CORPUS } from '../hand-ins/corpus.ts';
import { findHandIns } from '../hand-ins/find.ts';
import { gradeAll } from '../hand-ins/grade-all.ts';
import { cellOf } from '../hand-ins/outcome.ts';
import { variantsOf } from './variants.ts';

const CLASS = 40;
const WRONG_OF_A_CHAPTER = 3;
const MEMORY_LOOK_MS = 500;
const HOSTILE = [
  'endless-loop',
  'heap-bomb',
  'tries-what-is-denied',
  'gigabyte-of-log',
  'fakes-a-report',
  'patches-what-it-can',
  'kills-whom-it-can',
];

interface Member {
  name: string;
  chapter: Chapter;
  verdict: Report['verdict'];
  /** The check that has to be among the failed ones. */
  caughtBy?: string;
  /** Writes the hand-in's lab. */
  write: (lab: string) => void;
}

export async function classOfForty(run: Run): Promise<string[]> {
  const members = await makeClass(run);
  const most = Math.max(...provenChapters().map((chapter) => lanesOf(chapter).length));
  const ways = new Set([1, parallelJobs(most), 2]);
  const complaints = members.length === CLASS ? [] : [`the class has ${members.length} members, not ${CLASS}`];
  for (const jobs of ways) complaints.push(...(await gradeClass(members, jobs, run)));
  return complaints;
}

/** Grades hand-ins so many at a time; returns a complaint for each that did not get its verdict. */
async function gradeClass(members: Member[], jobs: number, run: Run): Promise<string[]> {
  const folder = run.makeFolder('class');
  for (const { name, chapter, write } of members) {
    const lab = path.join(folder, name, 'labs', chapter.folder);
    fs.mkdirSync(lab, { recursive: true });
    write(lab);
  }
  const start = performance.now();
  const memory = watchMemory();
  const batch = await gradeAll(findHandIns([folder]), {
    run,
    chapters: provenChapters(),
    out: run.makeFolder('class-report'),
    jobs,
    resume: false,
    trusted: false,
    onStatus: () => {},
    onHandIns: () => {},
    onJob: ({ handIn }, { folder: chapter }, report) => {
      if (report)
        console.log(`  ${jobs} at a time: ${handIn.name}, ${chapter}: ${report.verdict} in ${inSeconds(report)}`);
    },
  });
  const minutes = (performance.now() - start) / 60_000;
  console.log(
    `  ${members.length} hand-ins, ${jobs} at a time: ${minutes.toFixed(1)} min, ${(members.length / minutes).toFixed(2)} jobs a minute, peak memory ${memory.peak()} GB`,
  );
  return batch.judged.flatMap((judged) => {
    const member = members.find(({ name }) => name === judged.handIn.name);
    if (!member) return [`${judged.handIn.name} is nobody of the class`];
    const { verdict, reason } = cellOf(batch, judged, member.chapter.folder);
    const checks = judged.reports.get(member.chapter.folder)?.checks ?? [];
    const caught =
      !member.caughtBy || checks.some((check) => check.id === member.caughtBy && check.verdict === 'failed');
    if (verdict === member.verdict && caught) return [];
    const wanted = member.caughtBy ? `${member.verdict} by ${member.caughtBy}` : member.verdict;
    return [`${member.name}, ${jobs} at a time: ${verdict}, not ${wanted} (${reason})`];
  });
}

const inSeconds = ({ durationMs }: Report) => `${(durationMs / 1000).toFixed(1)} s`;

/** How much of the machine's memory has gone since, at most, in GB: brokers, programs and workers, whoever started them. */
function watchMemory() {
  const before = os.freemem();
  let least = before;
  const timer = setInterval(() => {
    least = Math.min(least, os.freemem());
  }, MEMORY_LOOK_MS);
  return {
    peak: () => {
      clearInterval(timer);
      return ((before - least) / 1e9).toFixed(1);
    },
  };
}

/** Right, wrong, broken and hostile hand-ins over all chapters. */
async function makeClass(run: Run): Promise<Member[]> {
  const chapters = provenChapters();
  const members = await Promise.all(
    chapters.map(async (chapter) => [...right(chapter), ...(await varied(chapter, run))]),
  );
  // The first chapter with a service.
  const [, one] = chapters;
  return [...members.flat(), ...(one ? [...broken(one), ...hostile(one)] : [])];
}

function right(chapter: Chapter): Member[] {
  const subjects = { solution: 'solutions', independent: 'solutions/independent' };
  return Object.entries(subjects).map(([name, subject]) => ({
    name: `${chapter.folder}-right-${name}`,
    chapter,
    verdict: 'passed',
    write: (lab) => copyPrograms(path.join(WORKBOOK, subject, chapter.folder), lab),
  }));
}

/** What a sound engineer makes differently, and what a learner makes wrong: mistakes from all over the list. */
async function varied(chapter: Chapter, run: Run): Promise<Member[]> {
  const { mutants, alsoRight } = await variantsOf(chapter);
  const step = Math.floor(mutants.length / WRONG_OF_A_CHAPTER);
  const wrong = Array.from({ length: WRONG_OF_A_CHAPTER }, (_, index) => mutants[index * step]).filter((one) => !!one);
  const edited = (name: string, edits: Edit[], verdict: Report['verdict'], caughtBy?: string): Member => ({
    name: `${chapter.folder}-${verdict === 'passed' ? 'right' : 'wrong'}-${name}`,
    chapter,
    verdict,
    ...(caughtBy && { caughtBy }),
    write: (lab) => copyPrograms(path.join(mutatedSubject(chapter, edits, run), chapter.folder), lab),
  });
  return [
    ...alsoRight.slice(0, 1).map(({ name, edits }) => edited(name, edits, 'passed')),
    ...wrong.map(({ name, edits, caughtBy }) => edited(name, edits, 'failed', caughtBy)),
  ];
}

function broken(chapter: Chapter): Member[] {
  const [program = ''] = chapter.programs;
  const only = (name: string, text: string): Member => ({
    name: `broken-${name}`,
    chapter,
    verdict: 'failed',
    write: (lab) => fs.writeFileSync(path.join(lab, `${program}.ts`), text),
  });
  return [
    {
      name: 'as-shipped',
      chapter,
      verdict: 'not attempted',
      write: (lab) => copyPrograms(chapterFolder(chapter, 'starter'), lab, (text) => text.replaceAll('\n', '\r\n')),
    },
    {
      name: 'windows-line-ends',
      chapter,
      verdict: 'passed',
      write: (lab) =>
        copyPrograms(path.join(WORKBOOK, 'solutions', chapter.folder), lab, (text) => text.replaceAll('\n', '\r\n')),
    },
    {
      name: 'broken-missing-program',
      chapter,
      verdict: 'failed',
      write: (lab) => fs.writeFileSync(path.join(lab, 'notes.md'), 'It was here yesterday.'),
    },
    only('syntax-error', 'const port = ;'),
    only('package-that-is-not-there', "import 'left-pad-of-mine';"),
    only('exits-at-once', 'process.exit(0);'),
    only('throws-at-once', "throw new Error('not on my machine');"),
    only('does-nothing', 'setInterval(() => {}, 1000);'),
    only(
      'listens-elsewhere',
      "import http from 'node:http'; http.createServer((_, response) => response.end('ok')).listen(0, '127.0.0.1');",
    ),
  ];
}

function hostile(chapter: Chapter): Member[] {
  const [program = ''] = chapter.programs;
  return CORPUS.filter(({ name }) => HOSTILE.includes(name)).map((one) => ({
    name: `hostile-${one.name}`,
    chapter,
    verdict: one.verdict,
    write: (lab) => fs.writeFileSync(path.join(lab, `${program}.ts`), one.program('').replaceAll('WORKBOOK', WORKBOOK)),
  }));
}

/** The programs of a folder; nobody hands in the lists of mistakes that stand beside a solution. */
function copyPrograms(from: string, to: string, change = (text: string) => text): void {
  for (const file of fs.readdirSync(from).filter((name) => name.endsWith('.ts') && name !== 'mutants.ts')) {
    fs.writeFileSync(path.join(to, file), change(fs.readFileSync(path.join(from, file), 'utf8')));
  }
}
