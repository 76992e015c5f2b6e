// A starter is red, and red by its own checks: a learner's first `npm test` must speak of tasks, not of crashes.
import pMap from 'p-map';
import type { Run } from '#infra/machine/run.ts';
import { type Chapter, provenChapters } from '../chapters.ts';
import { grade } from '../grader/grade.ts';

/** A starter does little, and its checks mostly wait for what does not come. */
const AT_ONCE = 2;

export async function starters(run: Run): Promise<string[]> {
  const complaints = await pMap(provenChapters(), (chapter) => complaintsAbout(chapter, run), { concurrency: AT_ONCE });
  return complaints.flat();
}

async function complaintsAbout(chapter: Chapter, run: Run): Promise<string[]> {
  const untouched = await grade('labs', chapter, { run });
  const { verdict, checks } = await grade('labs', chapter, { run, evenIfUntouched: true });
  const [first] = checks.filter((check) => check.verdict !== 'passed');
  return [
    ...(untouched.verdict === 'not attempted'
      ? []
      : [`labs/${chapter.folder} is ${untouched.verdict}, not "not attempted"`]),
    ...(verdict === 'failed' ? [] : [`the starter of ${chapter.folder} is ${verdict}, not failed`]),
    ...(first?.evidence.includes('TODO 1') ? [] : [`its first failure does not name TODO 1:\n${first?.evidence}`]),
  ];
}
