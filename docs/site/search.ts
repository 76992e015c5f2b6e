// Search over all that is written: an index in memory, and the page of what was found.
import { relative } from './addresses.ts';
import { type Found, find, type Index, makeIndex } from './client/search-terms.ts';
import { type Html, html } from './html.ts';
import type { Page } from './layout.ts';
import type { Document } from './markdown.ts';
import type { Entry } from './outline.ts';

const ADDRESS = 'search/';
/** A longer query is no search. */
const LONGEST_QUERY = 200;

export class SearchIndex {
  readonly #index: Index;

  private constructor(index: Index) {
    this.#index = index;
  }

  static of(documents: { entry: Entry; document: Document }[]): SearchIndex {
    const passages = documents.flatMap(({ entry, document }) =>
      document.sections.map(({ heading, text }) => ({
        page: entry.title,
        heading: heading.text,
        text,
        address: `${entry.address}#${heading.id}`,
      })),
    );
    return new SearchIndex(makeIndex(passages.map((passage, id) => ({ id, ...passage }))));
  }

  find(query: string): Found[] {
    return find(this.#index, query.slice(0, LONGEST_QUERY));
  }

  /** For the page of a static site, which searches by itself. */
  toJson(): string {
    return JSON.stringify(this.#index);
  }
}

/** What was found, as a page that needs no script. */
export function searchPage(query: string, found: Found[]): Page {
  const summary = query === '' ? 'What are you looking for?' : `${found.length || 'Nothing'} found for “${query}”.`;
  return {
    title: 'Search',
    body: html`<h1>Search</h1><p id="summary" role="status">${summary}</p><ol id="results" class="results">${found.map(result)}</ol>`,
    headings: [],
    search: query,
  };
}

/** The page of a static site, whose script searches. */
export function staticSearchPage(): Page {
  const { body } = searchPage('', []);
  const sorry = html`<noscript><p>Without a server, searching needs JavaScript. The contents list every page.</p></noscript>`;
  return { title: 'Search', body: html`${body}${sorry}`, headings: [], scripts: ['search.js'] };
}

function result({ page, heading, address, excerpt }: Found): Html {
  const words = excerpt.map((part, at) => (at % 2 === 1 ? html`<mark>${part}</mark>` : part));
  const place = heading === page ? page : `${page} › ${heading}`;
  return html`<li><a href="${relative(ADDRESS, address)}">${place}</a><p>${words}</p></li>`;
}
