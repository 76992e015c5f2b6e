// npm run watch 05: my programs are judged again on every save.
import { type Chapter, findChapter } from './chapters.ts';
import { readCommandLine } from './command-line.ts';
import { verb } from './terminal.ts';
import { Keys, watchChapter } from './watch/watch.ts';

await verb(async (run) => {
  const [name] = readCommandLine('npm run watch 05', 1).words;
  let chapter: Chapter | undefined = findChapter(name);
  const keys = new Keys();
  while (chapter) chapter = await watchChapter(run, chapter, keys);
  return 0;
});
