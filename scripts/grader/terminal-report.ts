// A report for the learner at the terminal: a line for every check as it happens, then the first failure in full.
import { styleText } from 'node:util';
import { NOT_DONE_YET } from '#shared/todo.ts';
import type { CheckReport, Report } from './verdict.ts';

const MARKS: Record<CheckReport['verdict'], string> = {
  passed: styleText('green', '✓'),
  failed: styleText('red', '✗'),
  'not attempted': styleText('dim', '·'),
  'could not grade': styleText('yellow', '!'),
};

function checkLine({ verdict, points, maxPoints, title }: CheckReport, durationMs: number): string {
  const score = `${points}/${maxPoints}`.padStart(5);
  return `${MARKS[verdict]} ${styleText('dim', score)}  ${title}${styleText('dim', `  ${(durationMs / 1000).toFixed(1)} s`)}`;
}

/**
 * Gives the line of each check in turn. What could not be graded for one and the same reason is one line: a machine without
 * Java is not thirty troubles.
 */
export function checkLines(): (check: CheckReport, durationMs: number) => string | undefined {
  const reasons = new Set<string>();
  return (check, durationMs) => {
    if (check.verdict === 'could not grade') {
      if (reasons.has(check.evidence)) return undefined;
      reasons.add(check.evidence);
    }
    return checkLine(check, durationMs);
  };
}

/** Everything that follows the lines of the checks. */
export function closing(report: Report): string {
  const first = report.checks.find(({ verdict }) => verdict !== 'passed');
  const more = first?.verdict === 'failed' ? [...alsoFailed(report), ...notGraded(report)] : [];
  return [...(first ? [failure(first, sameTrouble(first, report)), ...more] : []), summary(report)].join('\n');
}

/** Points that are open because of the machine must not look like lost ones. */
function notGraded({ checks }: Report): string[] {
  const open = checks.filter(({ verdict }) => verdict === 'could not grade');
  const [first] = open;
  if (!first) return [];
  const these = open.length === 1 ? 'One check (!)' : `${open.length} checks (!)`;
  const [reason] = first.evidence.split('\n');
  return [`${these} could not be graded, which is not your fault: ${reason}`, ''];
}

/** Of several failures only the first is shown in full, because the others often go with it. */
function alsoFailed({ checks, chapter }: Report): string[] {
  const others = checks.filter(({ verdict }) => verdict === 'failed').length - 1;
  if (others < 1) return [];
  const what = others === 1 ? 'One more check has failed' : `${others} more checks have failed`;
  const command = `npm test ${chapter.slice(0, 2)} -- --json report.json`;
  return [`${what}; mend this one first. All of them in full: ${command}`, ''];
}

/** How many other checks could not be graded for the same reason. */
function sameTrouble({ verdict, evidence }: CheckReport, { checks }: Report): number {
  if (verdict !== 'could not grade') return 0;
  return checks.filter((check) => check.verdict === verdict && check.evidence === evidence).length - 1;
}

function failure({ verdict, title, evidence, why, next }: CheckReport, others: number): string {
  const these = others === 0 ? 'This check' : `This check and ${others} more`;
  const heading =
    verdict === 'failed' ? 'The first failed check' : `${these} could not be graded, which is not your fault`;
  return [
    '',
    styleText('bold', `${heading}: ${title}`),
    '',
    indent(evidence),
    '',
    ...(verdict === 'failed' ? [`Why it matters: ${why}`, `Next: ${openTask(evidence) ?? next}`, ''] : []),
  ].join('\n');
}

/** The task that a starter has named itself knows better than a check what is next. */
function openTask(evidence: string): string | undefined {
  const at = evidence.indexOf(NOT_DONE_YET);
  return at < 0 ? undefined : evidence.slice(at + NOT_DONE_YET.length).split('\n')[0];
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
