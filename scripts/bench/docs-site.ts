// How long a reader of `npm run docs` waits for a page that was read before: nothing is read or drawn for it again.
import { serveSite } from '#docs/site/server.ts';
import { Site } from '#docs/site/site.ts';
import { WORKBOOK } from '#shared/testing/compile.ts';
import { listChapters } from '../chapters.ts';
import { type Figure, median, timed } from './figures.ts';

const RUNS = 11;
const CHAPTER = 'chapters/05-saga/';

export async function measureDocsSite(): Promise<Figure[]> {
  const site = new Site({ root: WORKBOOK, chapters: listChapters(), live: true });
  const { url, close } = await serveSite(site, 0, () => {});
  const read = async () => {
    await (await fetch(`${url}${CHAPTER}`)).text();
  };
  const first = await timed(read);
  const again: number[] = [];
  for (let i = 0; i < RUNS; i++) again.push(await timed(read));
  await close();
  return [
    { what: 'a chapter on the docs site, for its first reader', value: milliseconds(first) },
    { what: 'a chapter on the docs site, read again (aim: at most 20 ms)', value: milliseconds(median(again)) },
  ];
}

function milliseconds(value: number): string {
  return `${value.toFixed(1)} ms`;
}
