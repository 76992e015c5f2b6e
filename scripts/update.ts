// npm run update: a newer release of the workbook; labs that have been worked on stay as they are.
import { GuidedError } from '#infra/machine/guided-error.ts';
import { type Update, updateWorkbook } from './learner/update.ts';
import { verb } from './terminal.ts';

await verb(async () => {
  const [wanted, ...rest] = process.argv.slice(2);
  if (rest.length > 0 || wanted?.startsWith('-'))
    throw new GuidedError('npm run update takes at most the name of a release or branch.', 'npm run update');
  console.log(describe(await updateWorkbook(wanted, new Date())));
  return 0;
});

function describe({ release, changed, kept, packages }: Update): string {
  if (!changed) return `The workbook is at ${release} or newer already.`;
  const labs = kept.flatMap(({ folder, saved, shippedAnew }) => [
    `labs/${folder}: left as you have it (a copy: ${saved})`,
    ...(shippedAnew
      ? [`  it is shipped differently now: git diff --no-index labs/${folder} chapters/${folder}/starter`]
      : []),
  ]);
  return [`The workbook is at ${release} now.`, ...labs, ...(packages ? ['Next: npm ci, for its packages.'] : [])].join(
    '\n',
  );
}
