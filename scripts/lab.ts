// My programs of a chapter, live.
import { runLab } from './live/run-lab.ts';
import { verb } from './terminal.ts';

await verb((run) => runLab(run, process.argv[2], { subject: 'labs' }));
