// What project references cannot see: they follow references transitively (labs → shared → infra), and a project is a whole
// folder, so that one chapter could import another.
import fs from 'node:fs';
import path from 'node:path';
import { WORKBOOK } from '#shared/testing/compile.ts';
import { sourceFiles } from './source-files.ts';

const IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*['"]([^'"]+)['"]/g;
const PROGRAM_FOLDERS = ['labs', 'solutions'];

export async function layers(): Promise<string[]> {
  const files = await sourceFiles('labs/*.ts', 'solutions/*.ts', 'chapters/*.ts');
  return files.flatMap((file) => {
    const source = fs.readFileSync(path.join(WORKBOOK, file), 'utf8');
    const targets = [...source.matchAll(IMPORT)].map(([, specifier = '']) => specifier);
    return targets
      .filter((specifier) => !mayImport(file, specifier))
      .map((specifier) => `${file} imports ${specifier}`);
  });
}

function mayImport(file: string, specifier: string): boolean {
  const [top = '', chapter = ''] = file.split('/');
  const isProgram = PROGRAM_FOLDERS.includes(top) || file.includes('/starter/');
  if (specifier.startsWith('#infra/')) return !isProgram;
  if (specifier.startsWith('#shared/testing/')) return !isProgram || file.endsWith('/mutants.ts');
  if (!specifier.startsWith('.')) return true;
  return path.join(path.dirname(file), specifier).startsWith(path.join(top, chapter, '/'));
}
