// The docs site as a reader gets it: every link leads to a page, and every anchor to a place on it.
import { Site } from '#docs/site/site.ts';
import { linkedPlaces, reachablePages } from '#docs/site/static-site.ts';
import { WORKBOOK } from '#shared/testing/compile.ts';
import { listChapters } from '../chapters.ts';

export async function siteLinks(): Promise<string[]> {
  const pages = reachablePages(new Site({ root: WORKBOOK, chapters: listChapters(), live: false }));
  return [...pages].flatMap(([address, page]) =>
    linkedPlaces(address, page).flatMap(({ address: target, anchor }) => {
      const there = pages.get(target);
      if (there === undefined) return [`the page ${address} links to ${target}, which is no page of the site`];
      const has = anchor === '' || there.includes(` id="${anchor}"`);
      return has ? [] : [`the page ${address} links to ${target}#${anchor}, and there is no such heading`];
    }),
  );
}
