// Turns a learner's TypeScript into one file that Node runs, in tens of milliseconds and with the learner's own line
// numbers in every error.
import fs from 'node:fs';
import path from 'node:path';
import { type BuildFailure, build, type Plugin } from 'esbuild';
import { explainFileTrouble } from '#infra/machine/file-trouble.ts';

/** The root of the workbook, whose packages and `#shared` programs may use. */
export const WORKBOOK = path.resolve(import.meta.dirname, '../..');

export type Compiled = { ok: true; file: string } | { ok: false; sentence: string };

/**
 * Compiles `source` (a program's .ts file) into `folder`. Packages stay outside the bundle and are resolved through
 * `linkPackages`; types are stripped, not checked. A program that does not compile is described with its line; a disk
 * that is full is an error instead, because it says nothing about the program.
 */
export async function compile(source: string, folder: string): Promise<Compiled> {
  if (!fs.existsSync(source)) return { ok: false, sentence: `${source} does not exist.` };
  const file = path.join(folder, `${path.basename(source, '.ts')}.mjs`);
  try {
    const { outputFiles } = await build({
      entryPoints: [source],
      outfile: file,
      bundle: true,
      packages: 'external',
      alias: { '#shared': path.join(WORKBOOK, 'shared'), '#infra': path.join(WORKBOOK, 'infra') },
      format: 'esm',
      platform: 'node',
      target: 'node24',
      sourcemap: true,
      tsconfigRaw: {},
      logLevel: 'silent',
      write: false,
      plugins: [onlyFrom([subjectOf(source), path.join(WORKBOOK, 'shared'), path.join(WORKBOOK, 'infra')])],
    });
    for (const { path: output, contents } of outputFiles) fs.writeFileSync(output, contents);
    return { ok: true, file };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code) throw explainFileTrouble(error);
    return { ok: false, sentence: describeFailure(error as BuildFailure) };
  }
}

/** The directory of which the chapter's folder is a part: what somebody has handed in may share files between chapters. */
function subjectOf(source: string): string {
  return path.dirname(path.dirname(source));
}

const SOURCE_MAP = 'sourceMappingURL';

/** A source map may name any file of the machine, and esbuild would read it, as whoever compiles, into the map that it writes. */
function withoutSourceMaps(file: string): Buffer {
  const text = fs.readFileSync(file).toString('latin1');
  return Buffer.from(text.replaceAll(SOURCE_MAP, '-'.repeat(SOURCE_MAP.length)), 'latin1');
}

/**
 * What stands elsewhere does not get into a bundle: a program is made of its own files, which are in the first folder, of
 * `#shared` and of packages.
 */
function onlyFrom(folders: string[]): Plugin {
  const allowed = folders.map((folder) => `${fs.realpathSync(folder)}${path.sep}`);
  return {
    name: 'only-from',
    setup: ({ onLoad }) =>
      onLoad({ filter: /./ }, ({ path: file }) => {
        // esbuild gives real paths, so a link leads nowhere else.
        const folder = allowed.find((each) => file.startsWith(each));
        if (folder === allowed[0])
          return { contents: withoutSourceMaps(file), loader: 'default', resolveDir: path.dirname(file) };
        if (folder) return undefined;
        return { errors: [{ text: `${file} is imported, which is neither beside the program nor in shared/.` }] };
      }),
  };
}

/** Lets bundles in `folder` import the workbook's packages. */
export function linkPackages(folder: string): void {
  fs.symlinkSync(path.join(WORKBOOK, 'node_modules'), path.join(folder, 'node_modules'), 'dir');
}

function describeFailure({ errors, message }: BuildFailure): string {
  const [first] = errors ?? [];
  if (!first?.location) return first?.text ?? message;
  const { file, line, column, lineText } = first.location;
  const caret = `${' '.repeat(column)}^`;
  return `${path.relative(WORKBOOK, path.resolve(file))}:${line}:${column + 1}: ${first.text}\n\n  ${lineText}\n  ${caret}`;
}
