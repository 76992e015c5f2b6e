// npm run progress: what has passed, when, and with how many points.
import path from 'node:path';
import { styleText } from 'node:util';
import { WORKBOOK } from '#shared/testing/compile.ts';
import { readCommandLine } from './command-line.ts';
import { progressFile } from './learner/progress.ts';
import { progressText } from './learner/terminal/progress-text.ts';
import { verb } from './terminal.ts';

await verb(async () => {
  readCommandLine('npm run progress', 0);
  const place = path.relative(WORKBOOK, progressFile());
  console.log(`${progressText()}\n${styleText('dim', `\nkept in ${place}, which git ignores`)}`);
  return 0;
});
