// npm run docs:build: the same site as files, for any web host.
import { readCommandLine } from './command-line.ts';
import { buildDocs } from './docs-site/build-docs.ts';
import { verb } from './terminal.ts';

await verb(() => buildDocs(readCommandLine('npm run docs:build FOLDER', 1).words[0]));
