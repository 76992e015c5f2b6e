// npm run docs: the whole workbook in a browser, served to this machine.
import { readCommandLine } from './command-line.ts';
import { serveDocs } from './docs-site/serve-docs.ts';
import { verb } from './terminal.ts';

await verb((run) => {
  readCommandLine('npm run docs', 0);
  return serveDocs(run);
});
