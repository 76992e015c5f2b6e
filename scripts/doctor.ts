// npm run doctor: what this machine has and lacks for the workbook, a line each, and the command that mends it.
// It begins no run of its own, because it must be able to speak where a run cannot begin: on a full disk, say.
import { styleText } from 'node:util';
import { examine } from './doctor/examine.ts';
import { lineOf } from './doctor/finding.ts';

const { findings, runs } = await examine();
for (const finding of findings) console.log(lineOf(finding));
console.log(
  runs
    ? `\n${styleText('green', 'The workbook can run here.')} Next: npm run lab 03`
    : `\n${styleText('red', 'The workbook cannot run here yet.')} Next: the command of the first ✗, then npm run doctor again`,
);
process.exit(runs ? 0 : 1);
