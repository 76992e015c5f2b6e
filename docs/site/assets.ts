// What pages load beside themselves: scripts and one style sheet, compiled when the site starts, and nothing from elsewhere.
import path from 'node:path';
import { build } from 'esbuild';

const HERE = import.meta.dirname;
/** `theme` runs before the page is drawn, the others after it was read. */
const ENTRIES = [
  'client/theme.ts',
  'client/page.ts',
  'client/search.ts',
  'client/lab/lab.ts',
  'client/lab/work.ts',
  'style/site.css',
];

const ICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="6" fill="#1d5b8f"/><path d="M7 9h18M7 16h12M7 23h15" stroke="#fff" stroke-width="3" stroke-linecap="round"/></svg>';

/** Everything below `assets/`, by name. */
export async function makeAssets(): Promise<Map<string, Buffer>> {
  const { outputFiles } = await build({
    entryPoints: ENTRIES.map((entry) => path.join(HERE, entry)),
    outdir: '/',
    entryNames: '[name]',
    bundle: true,
    minify: true,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    tsconfigRaw: {},
    write: false,
  });
  const made = outputFiles.map(({ path: file, contents }) => [path.basename(file), Buffer.from(contents)] as const);
  return new Map([...made, ['icon.svg', Buffer.from(ICON)]]);
}
