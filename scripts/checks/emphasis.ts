// Emphasis that was begun in Markdown and not ended is text to the renderer: the reader sees the asterisks.
import { Site } from '#docs/site/site.ts';
import { reachablePages } from '#docs/site/static-site.ts';
import { WORKBOOK } from '#shared/testing/compile.ts';
import { listChapters } from '../chapters.ts';

const CODE = /<(pre|code|script|svg)\b.*?<\/\1>/gs;
const TAG = /<[^>]*>/g;
const MARK = /.{0,20}\*\*.{0,40}/;

export async function emphasis(): Promise<string[]> {
  const pages = reachablePages(new Site({ root: WORKBOOK, chapters: listChapters(), live: false }));
  return [...pages].flatMap(([address, page]) => {
    const [seen] = page.replaceAll(CODE, '').replaceAll(TAG, '').match(MARK) ?? [];
    return seen === undefined ? [] : [`the page ${address} shows "${seen.trim()}": close the ** in its Markdown`];
  });
}
