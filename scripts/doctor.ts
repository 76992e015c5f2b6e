// npm run doctor: what this machine has and lacks for the workbook, a line each, and the command that mends it. With --fix
// everything is fetched first that a lab or a grading would fetch.
import { styleText } from 'node:util';
import { readCommandLine } from './command-line.ts';
import { examine } from './doctor/examine.ts';
import { lineOf } from './doctor/finding.ts';
import { fix } from './doctor/fix.ts';
import { statusLine, verb } from './terminal.ts';

// Only fetching begins a run: the doctor must be able to speak where a run cannot begin, on a full disk, say.
if (process.argv.length === 2 && process.env.npm_config_fix === undefined) process.exit(await tell());
await verb(async (run) => {
  // Without `--`, npm takes the option for its own and only leaves a trace of it.
  readCommandLine('npm run doctor -- --fix', 0, { fix: { type: 'boolean' } });
  const status = statusLine();
  await fix(run, status.report).finally(status.clear);
  return tell();
});

async function tell(): Promise<number> {
  const { findings, runs } = await examine();
  for (const finding of findings) console.log(lineOf(finding));
  console.log(
    runs
      ? `\n${styleText('green', 'The workbook can run here.')} Next: npm run lab 03`
      : `\n${styleText('red', 'The workbook cannot run here yet.')} Next: the command of the first ✗, then npm run doctor again`,
  );
  return runs ? 0 : 1;
}
