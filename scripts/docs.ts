// npm run docs: the whole workbook in a browser, served to this machine.
import { serveDocs } from './docs-site/serve-docs.ts';
import { verb } from './terminal.ts';

await verb(serveDocs);
