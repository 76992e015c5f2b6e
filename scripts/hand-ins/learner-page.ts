// The page that a learner is handed back: every check with its points, what was seen, and why it matters.

import { type Html, html } from '#docs/site/html.ts';
import type { CheckReport, Report } from '../grader/verdict.ts';
import { type Batch, type Cell, cellOf, type Judged, totalOf } from './outcome.ts';
import { page } from './page.ts';

export function learnerPage(batch: Batch, judged: Judged): string {
  const { name } = judged.handIn;
  const cells = batch.chapters.map(({ folder }) => ({ folder, cell: cellOf(batch, judged, folder) }));
  const total = totalOf(cells.map(({ cell }) => cell));
  const body = html`<h1>${name}</h1>
<p>${pointsText(total)} in all. Graded on ${batch.finishedAt.slice(0, 10)} by the workbook ${batch.workbook}.</p>
${troubles(judged)}
${batch.chapters.map((chapter, index) => section(chapter, cells[index]?.cell, judged.reports.get(chapter.folder)))}
${left(judged)}`;
  return page(`${name}: the workbook's grading`, body);
}

/** What was earned, of how much, and what is still open. */
export function pointsText({ points, open, maxPoints }: Pick<Cell, 'points' | 'open' | 'maxPoints'>): string {
  const whole = maxPoints === undefined ? `${points} points` : `${points} of ${maxPoints} points`;
  return open > 0 ? `${whole}, ${open} still open` : whole;
}

/** The name of a verdict's class. */
export function classOf(verdict: Report['verdict'] | CheckReport['verdict']): string {
  return verdict.replaceAll(' ', '-');
}

function troubles({ intake }: Judged): Html {
  return intake.trouble === undefined
    ? html``
    : html`<p class="could-not-grade">This hand-in could not be graded: ${intake.trouble}. That costs no points.</p>`;
}

function section(
  { folder, title }: Batch['chapters'][number],
  cell: Cell | undefined,
  report: Report | undefined,
): Html {
  if (!cell) return html``;
  return html`<section id="${folder}">
<h2>${folder}: ${title}</h2>
<p><strong class="${classOf(cell.verdict)}">${cell.verdict}</strong>, ${pointsText(cell)}: ${cell.reason}</p>
${(report?.checks ?? []).map(check)}
</section>
`;
}

function check({ id, title, verdict, points, maxPoints, evidence, why, next }: CheckReport): Html {
  const advice = verdict === 'failed' ? html`<p>Why it matters: ${why}</p><p>Where to look: ${next}</p>` : html``;
  const open = verdict === 'could not grade' ? html`<p>These points are open, and not lost.</p>` : html``;
  return html`<details${verdict === 'failed' ? html` open` : undefined}>
<summary><span class="${classOf(verdict)}">${verdict}</span> ${points}/${maxPoints} ${title} <code>${id}</code></summary>
<pre tabindex="0">${evidence}</pre>${advice}${open}
</details>
`;
}

/** What played no part in the grading, so that nobody wonders. */
function left({ intake }: Judged): Html {
  const out = intake.leftOut.map(({ name, why }) => html`<li><code>${name}</code>: ${why}</li>`);
  const elsewhere = intake.changedElsewhere.map((name) => html`<li><code>${name}</code></li>`);
  return html`${out.length > 0 ? html`<h2>Left out of the labs</h2><ul>${out}</ul>` : undefined}
${elsewhere.length > 0 ? html`<h2>Changed outside of the labs, and not used</h2><ul>${elsewhere}</ul>` : undefined}`;
}
