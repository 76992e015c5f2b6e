// npm run check: for authors, everything that can be checked about the workbook itself.
import { styleText } from 'node:util';
import { $ } from 'zx';
import { allChecks } from './checks/all.ts';
import { readCommandLine } from './command-line.ts';
import { verb } from './terminal.ts';

await verb(async (run) => {
  $.quiet = true;
  readCommandLine('npm run check -- --soak', 0, { soak: { type: 'boolean' }, write: { type: 'boolean' } });
  const checks = allChecks(run);
  let failed = 0;
  for (const { name, check } of checks) {
    const start = performance.now();
    const complaints = await check(run);
    const took = `${((performance.now() - start) / 1000).toFixed(1)} s`;
    const mark = complaints.length === 0 ? styleText('green', '✓') : styleText('red', '✗');
    console.log(`${mark} ${name} ${styleText('dim', took)}`);
    for (const complaint of complaints) console.log(complaint.replaceAll(/^/gm, '    '));
    if (complaints.length > 0) failed++;
  }
  console.log(`\n${checks.length - failed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
});
