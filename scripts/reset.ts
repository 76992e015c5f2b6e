// npm run reset 05: the lab as it was shipped; the old work is saved first.
import { findChapter } from './chapters.ts';
import { readCommandLine } from './command-line.ts';
import { resetLab } from './learner/reset.ts';
import { verb } from './terminal.ts';

await verb(async () => {
  const [name] = readCommandLine('npm run reset 05', 1).words;
  const chapter = findChapter(name);
  const { folder } = chapter;
  const saved = resetLab(chapter, new Date());
  console.log(
    saved
      ? [
          `labs/${folder} is as it was shipped.`,
          `Your work is in ${saved}. To have it back: cp -R ${saved}/. labs/${folder}/`,
        ].join('\n')
      : `labs/${folder} was as it was shipped already; nothing was to be saved.`,
  );
  return 0;
});
