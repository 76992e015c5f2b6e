// The diff between starter and solution is the lesson: every hunk of it starts at a numbered TODO, and nothing else differs.
import path from 'node:path';
import { $ } from 'zx';
import { WORKBOOK } from '#shared/testing/compile.ts';
import { listChapters } from '../chapters.ts';
import { sourceFiles } from './source-files.ts';

const TODO = /\bTODO \d+\b/;
/** The import with which a starter says what is to be done; a solution has no use for it. */
const TODO_IMPORT = /^-import \{ notDoneYet \} from '#shared\/todo\.ts';$/;

export async function hunks(): Promise<string[]> {
  const complaints: string[] = [];
  for (const { folder } of listChapters()) {
    for (const file of await sourceFiles(`chapters/${folder}/starter`)) {
      const name = path.relative(`chapters/${folder}/starter`, file);
      complaints.push(...(await unannounced(file, `solutions/${folder}/${name}`)));
    }
  }
  return complaints;
}

async function unannounced(starter: string, solution: string): Promise<string[]> {
  const diff = await $({ cwd: WORKBOOK, nothrow: true })`git diff --no-index --unified=0 ${starter} ${solution}`;
  const [, ...found] = diff.stdout.split(/^@@.*@@.*\n/m);
  return found
    .filter((hunk) => !TODO.test(removed(hunk).join('\n')) && !removed(hunk).every((line) => TODO_IMPORT.test(line)))
    .map((hunk) => `${starter} differs from the solution where no TODO says so:\n${hunk.trimEnd()}`);
}

/** A hunk that only adds has no line that could announce it, so it counts as one removed empty line. */
function removed(hunk: string): string[] {
  const lines = hunk.split('\n').filter((line) => line.startsWith('-'));
  return lines.length > 0 ? lines : [''];
}
