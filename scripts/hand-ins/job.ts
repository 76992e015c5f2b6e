// The process of one job of `npm run grade`: one chapter of one hand-in. It says what came out of it in a file, and may crash.
import fs from 'node:fs';
import { Run } from '#infra/machine/run.ts';
import { writeAtomically } from '#infra/maven/artifacts.ts';
import { findChapter } from '../chapters.ts';
import { grade } from '../grader/grade.ts';
import type { JobOrder } from './run-job.ts';

const { subject, chapter, uid, result } = JSON.parse(fs.readFileSync(process.argv[2] ?? '', 'utf8')) as JobOrder;
let begun: Run | undefined;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    begun?.dispose();
    process.exit(1);
  });
}
const run = Run.begin();
begun = run;
try {
  const report = await grade(subject, findChapter(chapter), { run, sandbox: uid === undefined ? undefined : { uid } });
  writeAtomically(result, JSON.stringify(report));
} finally {
  run.dispose();
}
process.exit(0);
