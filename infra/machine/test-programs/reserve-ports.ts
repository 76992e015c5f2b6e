// Reserves as many ports as it is told, prints them, and keeps them until it is killed.
import { reservePorts } from '../ports.ts';
import { Run } from '../run.ts';

console.log(JSON.stringify(await reservePorts(Run.begin(), Number(process.argv[2]))));
setInterval(() => {}, 60_000);
