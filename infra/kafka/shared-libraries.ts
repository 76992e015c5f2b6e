// Copies what the dynamic linker would load, so that programs of this machine run in an image that holds nothing else.
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/**
 * Copies the shared libraries of `programs` (executables and libraries) to the same absolute paths below `root`, and with
 * them those of `alsoByName` that lie beside the C library.
 */
export async function copyLibraries(root: string, programs: string[], alsoByName: string[]): Promise<void> {
  const needed = new Set((await Promise.all(programs.map(libraries))).flat());
  const folders = new Set([...needed].map((library) => path.dirname(library)));
  for (const folder of folders) {
    for (const name of alsoByName) if (fs.existsSync(path.join(folder, name))) needed.add(path.join(folder, name));
  }
  for (const library of needed) {
    if (library.startsWith(root)) continue;
    const target = path.join(root, library);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.copyFileSync(library, target);
  }
}

/** The absolute paths in the answer of ldd(1), the dynamic linker's own among them; a static program has none. */
async function libraries(program: string): Promise<string[]> {
  try {
    const { stdout } = await execute('ldd', [program]);
    return [...stdout.matchAll(/(?:=> |^\s+)(\/\S+)/gm)].map(([, library = '']) => library);
  } catch (error) {
    if (/not a dynamic executable/.test((error as { stderr?: string }).stderr ?? '')) return [];
    throw error;
  }
}
