// npm run new-chapter 12 streams order-rate: the folders and files of a chapter, as small as a chapter can be.
import fs from 'node:fs';
import path from 'node:path';
import { GuidedError } from '#infra/machine/guided-error.ts';
import { WORKBOOK } from '#shared/testing/compile.ts';
import { chapterSkeleton } from './skeleton/files.ts';
import { verb } from './terminal.ts';

const USAGE = 'npm run new-chapter 12 streams order-rate (its number, its name, and its programs, in kebab-case)';
const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

await verb(async () => {
  const [number = '', name = '', ...programs] = process.argv.slice(2);
  if (!/^\d\d$/.test(number))
    throw new GuidedError(`A chapter's number has two digits, and "${number}" has not.`, USAGE);
  const odd = [name, ...programs].find((each) => !NAME.test(each));
  if (odd !== undefined) throw new GuidedError(`"${odd}" is no name in kebab-case.`, USAGE);
  if (programs.length === 0) throw new GuidedError('A chapter has at least one program.', USAGE);
  const taken = fs.readdirSync(path.join(WORKBOOK, 'chapters')).find((folder) => folder.startsWith(`${number}-`));
  if (taken) throw new GuidedError(`The number ${number} is taken by chapters/${taken}.`, 'choose another number.');

  const files = chapterSkeleton({ folder: `${number}-${name}`, name, programs });
  for (const [file, text] of Object.entries(files)) {
    fs.mkdirSync(path.join(WORKBOOK, path.dirname(file)), { recursive: true });
    fs.writeFileSync(path.join(WORKBOOK, file), text, { flag: 'wx' });
  }
  console.log(
    [
      ...Object.keys(files),
      '',
      `A chapter that runs: npm run solution ${number}, npm test ${number} -- --subject solutions.`,
      'Next: docs/CONTRIBUTING.md, step 1; npm run check says what is still missing.',
    ].join('\n'),
  );
  return 0;
});
