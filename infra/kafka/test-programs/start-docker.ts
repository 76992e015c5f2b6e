// Starts three brokers in Docker, prints their handle, and does nothing until it is killed.
import { Run } from '../../machine/run.ts';
import { startDocker } from '../docker.ts';

const { handle } = await startDocker({ run: Run.begin(), brokers: 3 });
console.log(JSON.stringify(handle));
setInterval(() => {}, 60_000);
