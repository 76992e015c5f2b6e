// npm run bench: how fast the workbook is on this machine, as medians of several runs. It judges nothing.
import { styleText } from 'node:util';
import { measureBrokerStart } from './bench/broker-start.ts';
import { measureDocsSite } from './bench/docs-site.ts';
import { measureGrading } from './bench/grading.ts';
import { readCommandLine } from './command-line.ts';
import { verb } from './terminal.ts';

await verb(async (run) => {
  readCommandLine('npm run bench', 0);
  console.log('Quiet the machine first: the ratios hold on a busy one, the times do not.\n');
  for (const measure of [measureDocsSite, measureBrokerStart, measureGrading]) {
    for (const { what, value } of await measure(run)) console.log(`${what.padEnd(64)} ${styleText('bold', value)}`);
  }
  return 0;
});
