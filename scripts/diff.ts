// npm run diff 05: my programs beside the solution, once they have passed.
import { parseArgs } from 'node:util';
import { GuidedError } from '#infra/machine/guided-error.ts';
import { findChapter } from './chapters.ts';
import { diffText } from './learner/terminal/diff-text.ts';
import { verb } from './terminal.ts';

await verb(async () => {
  const { values, positionals } = readArguments();
  const [name, ...rest] = positionals;
  if (rest.length > 0) throw new GuidedError('npm run diff takes one chapter.', 'npm run diff 05');
  const chapter = findChapter(name);
  // Without `--`, npm takes the option for its own and only leaves this trace of it.
  const insist = values.show === true || process.env.npm_config_show === 'true';
  console.log(diffText(chapter, { insist }));
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
