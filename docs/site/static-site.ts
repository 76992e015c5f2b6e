// Writes the site as files for any web host: every page that can be reached from the contents, with the search's index.
import fs from 'node:fs';
import path from 'node:path';
import { makeAssets } from './assets.ts';
import { staticSearchPage } from './search.ts';
import type { Site } from './site.ts';

const HREF = /href="([^"]+)"/g;

/** Every page of the site by its address, as found by following links. */
export function reachablePages(site: Site): Map<string, string> {
  const pages = new Map<string, string>([['search/', site.frame(staticSearchPage(), 'search/')]]);
  const waiting = site.entries().map(({ address }) => address);
  for (let address = waiting.pop(); address !== undefined; address = waiting.pop()) {
    const page = pages.has(address) ? undefined : site.page(address);
    if (page === undefined) continue;
    pages.set(address, page);
    waiting.push(...linkedPlaces(address, page).map((place) => place.address));
  }
  return pages;
}

/** Where a page leads to within the site: the pages and the places on them. */
export function linkedPlaces(address: string, page: string): { address: string; anchor: string }[] {
  const hrefs = [...page.matchAll(HREF)].map(([, href = '']) => href).filter((href) => !/^[a-z]+:/.test(href));
  const places = hrefs.map((href) => new URL(href, `http://site/${address}`));
  return places
    .map(({ pathname, hash }) => ({ address: pathname.slice(1), anchor: decodeURIComponent(hash.slice(1)) }))
    .filter((place) => !place.address.startsWith('assets/'));
}

/** Writes the whole site into a folder, which must be empty or new. Returns how many pages there are. */
export async function writeSite(site: Site, folder: string): Promise<number> {
  const pages = reachablePages(site);
  for (const [address, page] of pages) write(path.join(folder, address, 'index.html'), page);
  for (const [name, content] of await makeAssets()) write(path.join(folder, 'assets', name), content);
  write(path.join(folder, 'search', 'index.json'), site.searchIndex().toJson());
  return pages.size;
}

function write(file: string, content: string | Buffer): void {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, content);
}
