// Starts a broker, prints its run's folder and its handle, and does nothing until it is killed.
import { startEmbedded } from '../../kafka/embedded.ts';
import { Run } from '../run.ts';

const run = Run.begin();
const { handle } = await startEmbedded({ run, brokers: 1 });
console.log(JSON.stringify({ folder: run.folder, handle }));
setInterval(() => {}, 60_000);
