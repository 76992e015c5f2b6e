import type { Chapter } from '../chapters.ts';
import { statusLine } from '../terminal.ts';
import { type GradeOptions, grade } from './grade.ts';
import { checkLines, closing, notAttempted } from './terminal-report.ts';
import type { Report } from './verdict.ts';

/**
 * Grades, and says so as it goes: what is being done, a line for each check, then the rest of the report. Of a grading that
 * `signal` has ended, nothing more is said.
 */
export async function gradeAtTerminal(subject: string, chapter: Chapter, options: GradeOptions): Promise<Report> {
  const status = statusLine();
  const lines = checkLines();
  const report = await grade(subject, chapter, {
    ...options,
    report: status.report,
    onCheckStart: (title, done, known) => status.busy(`${done} of ${known} checks done: ${title}`),
    onCheck: (check, durationMs) => {
      const line = lines(check, durationMs);
      status.clear();
      if (line && !options.signal?.aborted) console.log(line);
    },
  });
  status.clear();
  if (!options.signal?.aborted) {
    console.log(report.verdict === 'not attempted' ? notAttempted(report) : closing(report));
  }
  return report;
}
