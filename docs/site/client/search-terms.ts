// How the words of the workbook are found, the same on the server and in the page of a static site.
import MiniSearch, { type Options } from 'minisearch';

/** A section of a page. */
export interface Passage {
  id: number;
  /** The page's title. */
  page: string;
  heading: string;
  text: string;
  /** Its address with the anchor, from the root of the site. */
  address: string;
}

export interface Found {
  page: string;
  heading: string;
  address: string;
  /** The words around the first hit, alternating: plain, marked, plain, … */
  excerpt: string[];
}

const OPTIONS: Options<Passage> = {
  fields: ['page', 'heading', 'text'],
  storeFields: ['page', 'heading', 'text', 'address'],
  searchOptions: { boost: { heading: 3, page: 2 }, prefix: true, fuzzy: 0.15, combineWith: 'AND' },
};
const MOST = 30;
const EXCERPT_LENGTH = 220;
/** What means something in a regular expression. */
const SYNTAX = /[\\^$.*+?()[\]{}|/]/g;

export type Index = MiniSearch<Passage>;

export function makeIndex(passages: Passage[]): Index {
  const index = new MiniSearch<Passage>(OPTIONS);
  index.addAll(passages);
  return index;
}

export function loadIndex(json: string): Index {
  return MiniSearch.loadJSON<Passage>(json, OPTIONS);
}

/** The best passages for a query, best first. */
export function find(index: Index, query: string): Found[] {
  return index
    .search(query)
    .slice(0, MOST)
    .map(({ page, heading, text, address, terms }) => ({ page, heading, address, excerpt: excerptOf(text, terms) }));
}

function excerptOf(text: string, terms: string[]): string[] {
  const pattern = new RegExp(`(${terms.map((term) => term.replaceAll(SYNTAX, '\\$&')).join('|')})`, 'giu');
  const first = Math.max(0, text.search(pattern) - EXCERPT_LENGTH / 4);
  const cut = text.slice(first, first + EXCERPT_LENGTH).replaceAll(/\s+/g, ' ');
  return `${first > 0 ? '…' : ''}${cut}${first + EXCERPT_LENGTH < text.length ? '…' : ''}`.split(pattern);
}
