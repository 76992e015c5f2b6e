// The frame of every page: what is around the text, on a wide screen and on a phone.
import { relative } from './addresses.ts';
import { Html, html } from './html.ts';
import type { Heading } from './markdown.ts';
import type { Entry, Outline } from './outline.ts';

export const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'";

/** A page before it is framed. */
export interface Page {
  title: string;
  body: Html;
  headings: Heading[];
  /** Scripts beside those of every page. */
  scripts?: string[];
  search?: string;
}

/** How the site is served: with a server behind it, or as files. */
export interface Serving {
  outline: Outline;
  /** Whether somebody answers `/live/…`. */
  live: boolean;
}

/** The whole HTML of a page. */
export function frame(
  page: Page,
  address: string,
  serving: Serving,
  around: { previous?: Entry; next?: Entry },
): string {
  const to = (target: string) => relative(address, target);
  const { outline } = serving;
  const heading = page.title === 'Kafka Workbook' ? page.title : `${page.title} · Kafka Workbook`;
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${heading}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="${new Html(POLICY)}">
<link rel="icon" href="${to('assets/icon.svg')}" type="image/svg+xml"><link rel="stylesheet" href="${to('assets/site.css')}">
<script src="${to('assets/theme.js')}"></script><script src="${to('assets/page.js')}" defer></script>${(page.scripts ?? []).map((script) => html`<script src="${to(`assets/${script}`)}" defer></script>`)}</head>
<body><a class="skip" href="#content">Skip to the text</a>
<header class="top"><a class="home" href="${to('')}">Kafka Workbook</a>
<form role="search" action="${to('search/')}"><input type="search" name="q" aria-label="Search the workbook" placeholder="Search ( / )" value="${page.search ?? ''}"><button>Search</button></form>
${serving.live && html`<a href="${to('lab/')}${labChoice(address)}"${current('lab/', address)}>Live lab</a>`}<button type="button" id="theme" hidden>Dark</button><button type="button" id="keys" hidden aria-label="Keyboard shortcuts">?</button></header>
<div class="columns"><nav class="contents" aria-label="Workbook"><details id="menu" open><summary>Contents</summary>
<h2>Chapters</h2><ol class="chapters">${outline.chapters.map((entry) => chapterItem(entry, address))}</ol>
<h2>Documents</h2><ul>${outline.documents.map((entry) => item(entry, address))}</ul>
<details class="decisions"${new Html(address.startsWith('docs/decisions/') ? ' open' : '')}><summary>Decisions</summary><ul>${outline.decisions.map((entry) => item(entry, address))}</ul></details></details></nav>
<main id="content" tabindex="-1">${page.body}${neighbourLinks(around, to)}</main>${tableOfContents(page.headings)}</div>
<dialog id="shortcuts" aria-label="Keyboard shortcuts"><h2>Keyboard</h2><dl><dt><kbd>/</kbd></dt><dd>search</dd><dt><kbd>n</kbd></dt><dd>next page</dd><dt><kbd>p</kbd></dt><dd>previous page</dd><dt><kbd>t</kbd></dt><dd>light or dark</dd><dt><kbd>h</kbd></dt><dd>front page</dd><dt><kbd>?</kbd></dt><dd>this list</dd></dl><form method="dialog"><button>Close</button></form></dialog>
</body></html>
`.text;
}

/** From the page of a chapter, its lab is the one to start. */
function labChoice(address: string): string {
  const [, folder] = /^chapters\/([^/]+)\//.exec(address) ?? [];
  return folder === undefined ? '' : `?chapter=${folder}`;
}

function current(target: string, address: string): Html {
  return new Html(target === address ? ' aria-current="page"' : '');
}

function item(entry: Entry, address: string): Html {
  return html`<li><a href="${relative(address, entry.address)}"${current(entry.address, address)}>${entry.title}</a></li>`;
}

function chapterItem(entry: Entry, address: string): Html {
  const { number = '', draft = false } = entry.chapter ?? {};
  return html`<li><a href="${relative(address, entry.address)}"${current(entry.address, address)}><span class="number">${number}</span> ${entry.title}${draft && html` <span class="draft">draft</span>`}</a></li>`;
}

function neighbourLinks({ previous, next }: { previous?: Entry; next?: Entry }, to: (target: string) => string): Html {
  if (!previous && !next) return html``;
  return html`<nav class="neighbours" aria-label="Before and after">${previous && html`<a rel="prev" href="${to(previous.address)}"><span>Previous</span> ${previous.title}</a>`}${next && html`<a rel="next" href="${to(next.address)}"><span>Next</span> ${next.title}</a>`}</nav>`;
}

function tableOfContents(headings: Heading[]): Html {
  const listed = headings.filter(({ level }) => level === 2 || level === 3);
  if (listed.length < 2) return html``;
  const entries = listed.map(
    ({ level, id, text }) => html`<li class="level-${level}"><a href="#${id}">${text}</a></li>`,
  );
  return html`<nav class="toc" aria-label="On this page"><details id="toc" open><summary>On this page</summary><ul>${entries}</ul></details></nav>`;
}
