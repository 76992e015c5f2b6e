// npm run docs:build: the same site as files, for any web host.
import { buildDocs } from './docs-site/build-docs.ts';
import { verb } from './terminal.ts';

await verb(() => buildDocs(process.argv[2]));
