// npm run update: a newer release of the workbook; labs that have been worked on stay as they are.
import { readCommandLine } from './command-line.ts';
import { type Update, updateWorkbook } from './learner/update.ts';
import { verb } from './terminal.ts';

await verb(async () => {
  const [wanted] = readCommandLine('npm run update, or npm run update RELEASE', 1).words;
  console.log(describe(await updateWorkbook(wanted, new Date(), (copy) => console.log(`saved: ${copy}`))));
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
