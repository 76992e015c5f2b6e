// The page of the lab that is up: the places that its script fills, and what to do where there is no script or no lab.
import { type Html, html } from './html.ts';
import type { Page } from './layout.ts';
import type { Entry } from './outline.ts';

const SECTIONS: [string, string][] = [
  ['output', 'What the lab says'],
  ['order', 'Post an order'],
  ['parts', 'Break it'],
  ['topics', 'Topics'],
  ['records', 'Records'],
  ['groups', 'Consumer groups'],
  ['saga', 'Sagas'],
  ['wire', 'The wire'],
  ['produce', 'Produce a record'],
  ['progress', 'Progress'],
];

/** The live page, with a choice of chapters whose lab it can start. */
export function labPage(chapters: Entry[]): Page {
  const body = html`<h1>Live lab</h1>
<noscript><p>This page shows a running lab as it changes, which needs JavaScript. In a terminal: <code>npm run lab 05</code> and <code>npm run kafka topics list</code>.</p></noscript>
<p id="connection" role="status">Connecting…</p>
<form id="start" class="row"><label>Chapter <select name="chapter">${chapters.map(option)}</select></label><label>Programs <select name="subject"><option value="labs">mine (labs)</option><option value="solutions">the solution</option></select></label><button name="start">Start the lab</button><button type="button" name="end" disabled>End the lab</button></form>
<p id="answer" role="status" aria-live="polite"></p>
${SECTIONS.map(([id, title]) => html`<section aria-labelledby="${id}-title" hidden><h2 id="${id}-title">${title}</h2><div id="${id}"></div></section>`)}`;
  return { title: 'Live lab', body, headings: [], scripts: ['lab.js'] };
}

function option({ chapter }: Entry): Html {
  return chapter ? html`<option value="${chapter.folder}">${chapter.number} ${chapter.title}</option>` : html``;
}
