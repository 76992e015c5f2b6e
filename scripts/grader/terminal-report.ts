// A report for the learner at the terminal: a line for every check as it happens, then the first failure in full.
import { styleText } from 'node:util';
import type { CheckReport, Report } from './verdict.ts';

const MARKS: Record<CheckReport['verdict'], string> = {
  passed: styleText('green', '✓'),
  failed: styleText('red', '✗'),
  'not attempted': styleText('dim', '·'),
  'could not grade': styleText('yellow', '!'),
};

export function checkLine({ verdict, points, maxPoints, title }: CheckReport, durationMs: number): string {
  const score = `${points}/${maxPoints}`.padStart(5);
  return `${MARKS[verdict]} ${styleText('dim', score)}  ${title}${styleText('dim', `  ${(durationMs / 1000).toFixed(1)} s`)}`;
}

/** Everything that follows the lines of the checks. */
export function closing(report: Report): string {
  const first = report.checks.find(({ verdict }) => verdict !== 'passed');
  return [...(first ? [failure(first)] : []), summary(report)].join('\n');
}

function failure({ verdict, title, evidence, why, next }: CheckReport): string {
  const heading =
    verdict === 'failed' ? 'The first failed check' : 'This check could not be graded, which is not your fault';
  return [
    '',
    styleText('bold', `${heading}: ${title}`),
    '',
    indent(evidence),
    '',
    ...(verdict === 'failed' ? [`Why it matters: ${why}`, `Next: ${next}`, ''] : []),
  ].join('\n');
}

function summary({ verdict, points, maxPoints, durationMs, chapter, subject, parts }: Report): string {
  const took = `${(durationMs / 1000).toFixed(1)} s`;
  const kafka = parts.map(({ name, way, version }) => `${name} ${version}, ${way}`).join('; ');
  const facts = [...(maxPoints > 0 ? [`${points} of ${maxPoints} points`] : []), took, ...(kafka ? [kafka] : [])];
  const color = verdict === 'passed' ? 'green' : verdict === 'failed' ? 'red' : 'yellow';
  return `${styleText([color, 'bold'], verdict)}  ${subject}/${chapter}  ${styleText('dim', facts.join(' · '))}`;
}

function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '  ');
}

export function notAttempted(report: Report): string {
  const { chapter, subject } = report;
  return [
    summary(report),
    '',
    `${subject}/${chapter} is as it was shipped, so there is nothing to grade yet.`,
    `Next: read chapters/${chapter}/README.md, do TODO 1 in ${subject}/${chapter}, and watch it with npm run lab ${chapter.slice(0, 2)}.`,
  ].join('\n');
}
