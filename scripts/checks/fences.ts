// A fence that names its source (```ts solutions/03-producer/publisher.ts) shows lines of that file, in their order; `…`
// stands for what is left out.
import fs from 'node:fs';
import path from 'node:path';
import { WORKBOOK } from '#shared/testing/compile.ts';
import { sourceFiles } from './source-files.ts';

const FENCE = /^```(\S+)[ \t]*(\S*)[ \t]*\n(.*?)^```$/gms;
/** Languages of code that must run somewhere; a shell line or a diagram need not. */
const CODE = ['ts', 'typescript', 'js', 'yaml', 'json', 'properties'];
const LEFT_OUT = /^\s*(\/\/|#)?\s*…\s*$/;

export async function fences(): Promise<string[]> {
  const files = await sourceFiles('chapters/*.md');
  return files.flatMap((file) => {
    const text = fs.readFileSync(path.join(WORKBOOK, file), 'utf8');
    return [...text.matchAll(FENCE)].flatMap(([, language = '', source = '', code = '']) =>
      complaintAbout(file, language, source, code),
    );
  });
}

function complaintAbout(file: string, language: string, source: string, code: string): string[] {
  if (!CODE.includes(language)) return [];
  const [line] = code.split('\n');
  if (source === '') return [`${file}: the ${language} fence "${line}" does not name its source`];
  const target = path.join(WORKBOOK, source);
  if (!fs.existsSync(target)) return [`${file}: the fence "${line}" names ${source}, which does not exist`];
  const missing = firstMissing(code, fs.readFileSync(target, 'utf8'));
  return missing === undefined ? [] : [`${file}: this line of a fence does not follow in ${source}: ${missing}`];
}

/** The first line of the fence that is not found, after the ones before it, in the source; indentation aside. */
function firstMissing(code: string, source: string): string | undefined {
  const lines = source.split('\n').map((line) => line.trim());
  let at = 0;
  let mayJump = true;
  for (const line of code.split('\n').slice(0, -1)) {
    if (LEFT_OUT.test(line)) {
      mayJump = true;
      continue;
    }
    const found = mayJump ? lines.indexOf(line.trim(), at) : lines[at] === line.trim() ? at : -1;
    if (found === -1) return line.trim();
    at = found + 1;
    mayJump = false;
  }
  return undefined;
}
