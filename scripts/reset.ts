// npm run reset 05: the lab as it was shipped; the old work is saved first.
import { GuidedError } from '#infra/machine/guided-error.ts';
import { findChapter } from './chapters.ts';
import { resetLab } from './learner/reset.ts';
import { verb } from './terminal.ts';

await verb(async () => {
  const [name, ...rest] = process.argv.slice(2);
  if (rest.length > 0) throw new GuidedError('npm run reset takes one chapter.', 'npm run reset 05');
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
