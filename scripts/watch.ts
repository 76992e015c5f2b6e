// npm run watch 05: my programs are judged again on every save.
import { GuidedError } from '#infra/machine/guided-error.ts';
import { type Chapter, findChapter } from './chapters.ts';
import { verb } from './terminal.ts';
import { Keys, watchChapter } from './watch/watch.ts';

await verb(async (run) => {
  const [name, ...rest] = process.argv.slice(2);
  if (rest.length > 0) throw new GuidedError('npm run watch takes one chapter.', 'npm run watch 05');
  let chapter: Chapter | undefined = findChapter(name);
  const keys = new Keys();
  while (chapter) chapter = await watchChapter(run, chapter, keys);
  return 0;
});
