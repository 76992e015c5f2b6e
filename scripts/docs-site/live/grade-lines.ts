// Grades the learner's programs of a chapter and tells what happens as lines of JSON, for the docs site that has started it.
import { findChapter } from '../../chapters.ts';
import { grade } from '../../grader/grade.ts';
import type { CheckReport, Report } from '../../grader/verdict.ts';
import { EXIT_CODES } from '../../grader/verdict.ts';
import { progressOf, recordGrading } from '../../learner/progress.ts';
import { verb } from '../../terminal.ts';

export type GradeLine = { status: string } | { check: CheckReport } | { report: Report };

await verb(async (run) => {
  const chapter = findChapter(process.argv[2]);
  progressOf(chapter); // a file that cannot be read is told now, and not after the grading
  const report = await grade('labs', chapter, {
    run,
    report: (status) => tell({ status }),
    onCheckStart: (title, done, known) => tell({ status: `${done} of ${known} checks done: ${title}` }),
    onCheck: (check) => tell({ check }),
  });
  recordGrading(chapter, report, new Date());
  tell({ report });
  return EXIT_CODES[report.verdict];
});

function tell(line: GradeLine): void {
  console.log(JSON.stringify(line));
}
