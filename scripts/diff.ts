// npm run diff 05: my programs beside the solution, once they have passed.
import { parseArgs, styleText } from 'node:util';
import { GuidedError } from '#infra/machine/guided-error.ts';
import { findChapter } from './chapters.ts';
import { diffToSolution, type FileDiff } from './learner/solution-diff.ts';
import { verb } from './terminal.ts';

const WHERE = { both: '', lab: ', which the solution does not have', solution: ', which you do not have' };
const COLORS = { '-': 'red', '+': 'green' } as const;

await verb(async () => {
  const { values, positionals } = readArguments();
  const [name, ...rest] = positionals;
  if (rest.length > 0) throw new GuidedError('npm run diff takes one chapter.', 'npm run diff 05');
  const chapter = findChapter(name);
  // Without `--`, npm takes the option for its own and only leaves this trace of it.
  const insist = values.show === true || process.env.npm_config_show === 'true';
  const differences = diffToSolution(chapter, { insist });
  const same = `Your programs of chapter ${chapter.number} are the solution, letter by letter.`;
  console.log(differences.length > 0 ? differences.map((each) => text(each, chapter.folder)).join('\n\n') : same);
  return 0;
});

function readArguments() {
  try {
    return parseArgs({ options: { show: { type: 'boolean' } }, allowPositionals: true });
  } catch (error) {
    const [sentence] = (error as Error).message.split('. ');
    throw new GuidedError(`${sentence}.`, 'npm run diff 05 -- --show');
  }
}

function text({ file, in: where, hunks }: FileDiff, folder: string): string {
  const heading = styleText('bold', `${folder}/${file}${WHERE[where]}   (- yours, + the solution's)`);
  return [heading, ...hunks.flatMap(({ newStart, lines }) => [at(newStart), ...lines.map(colored)])].join('\n');
}

function at(line: number): string {
  return styleText('cyan', `at line ${line}`);
}

function colored(line: string): string {
  const color = COLORS[line.charAt(0) as keyof typeof COLORS];
  return color ? styleText(color, line) : line;
}
