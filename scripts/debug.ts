// My programs of a chapter with a debugger port: deadlines and the permission model are off.
import { readCommandLine } from './command-line.ts';
import { runLab } from './live/run-lab.ts';
import { verb } from './terminal.ts';

const FIRST_DEBUGGER_PORT = 9229;

await verb((run) =>
  runLab(run, readCommandLine('npm run debug 05', 1).words[0], { subject: 'labs', inspectFrom: FIRST_DEBUGGER_PORT }),
);
