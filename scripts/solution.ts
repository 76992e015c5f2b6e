// The reference programs of a chapter, live.
import { readCommandLine } from './command-line.ts';
import { runLab } from './live/run-lab.ts';
import { verb } from './terminal.ts';

await verb((run) => runLab(run, readCommandLine('npm run solution 05', 1).words[0], { subject: 'solutions' }));
