// The page of a class: a matrix of hand-ins and chapters, each cell a link to its checks.

import { type Html, html } from '#docs/site/html.ts';
import { ISOLATION_TEXT } from './isolation.ts';
import { classOf, pointsText } from './learner-page.ts';
import { type Batch, cellOf, type Judged, totalOf, ungradedIn } from './outcome.ts';
import { page } from './page.ts';

export function classPage(batch: Batch): string {
  const { chapters, judged, isolation, workbook, finishedAt } = batch;
  const body = html`<h1>${judged.length} hand-ins</h1>
<p>Graded by the workbook ${workbook}, finished ${finishedAt.slice(0, 16).replace('T', ' ')} UTC; ${ISOLATION_TEXT[isolation]}.
The same as data: <a href="results.json">results.json</a>, <a href="grades.csv">grades.csv</a>.</p>
<div class="wide" tabindex="0"><table>
<thead><tr><th>hand-in</th>${chapters.map(({ folder }) => html`<th>${folder}</th>`)}<th>points</th></tr></thead>
<tbody>
${judged.map((one) => row(batch, one))}</tbody>
</table></div>
${ungraded(batch)}
${changed(batch)}`;
  return page('Grades', body);
}

function row(batch: Batch, judged: Judged): Html {
  const learner = `learners/${encodeURIComponent(judged.handIn.slug)}.html`;
  const cells = batch.chapters.map(({ folder }) => ({ folder, cell: cellOf(batch, judged, folder) }));
  const total = totalOf(cells.map(({ cell }) => cell));
  const columns = cells.map(
    ({ folder, cell }) =>
      html`<td title="${cell.reason}"><a class="${classOf(cell.verdict)}" href="${learner}#${folder}">${cell.verdict}</a><br>${pointsText(cell)}</td>`,
  );
  return html`<tr><th><a href="${learner}">${judged.handIn.name}</a></th>${columns}<td class="number">${pointsText(total)}</td></tr>
`;
}

function ungraded(batch: Batch): Html {
  const rows = ungradedIn(batch).map(
    ({ handIn, chapter, reason }) => html`<tr><td>${handIn}</td><td>${chapter}</td><td>${reason}</td></tr>
`,
  );
  if (rows.length === 0) return html`<p>Everything that was handed in could be graded.</p>`;
  return html`<h2>What could not be graded</h2>
<p>Nobody loses points by it. The same command with --resume tries these once more.</p>
<div class="wide" tabindex="0"><table><thead><tr><th>hand-in</th><th>chapter</th><th>why</th></tr></thead><tbody>
${rows}</tbody></table></div>`;
}

function changed({ judged }: Batch): Html {
  const all = judged.filter(({ intake }) => intake.changedElsewhere.length + intake.leftOut.length > 0);
  if (all.length === 0) return html``;
  const items = all.map(({ handIn, intake }) => {
    const files = [...intake.changedElsewhere, ...intake.leftOut.map(({ name, why }) => `${name} (${why})`)];
    return html`<details><summary>${handIn.name}: ${files.length}</summary><ul>${files.map((file) => html`<li><code>${file}</code></li>`)}</ul></details>
`;
  });
  return html`<h2>Handed in and not used</h2>
<p>Only the labs are taken. These files differ from the workbook's, or were left out.</p>
${items}`;
}
