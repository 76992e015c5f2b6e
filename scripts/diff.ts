// npm run diff 05: my programs beside the solution, once they have passed.
import { findChapter } from './chapters.ts';
import { readCommandLine } from './command-line.ts';
import { diffText } from './learner/terminal/diff-text.ts';
import { verb } from './terminal.ts';

await verb(async () => {
  const { values, words } = readCommandLine('npm run diff 05 -- --show', 1, { show: { type: 'boolean' } });
  const chapter = findChapter(words[0]);
  // Without `--`, npm takes the option for its own and only leaves this trace of it.
  const insist = values.show === true || process.env.npm_config_show === 'true';
  console.log(diffText(chapter, { insist }));
  return 0;
});
