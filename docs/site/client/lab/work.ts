// A learner's work on the page of its chapter: grade it, climb the hints, see the solution when it is time.
import { command, listen, look } from './connection.ts';
import { element, onceAPicture, place } from './dom.ts';
import type { GradedCheck, Grading, ShownDiff, WorkState } from './messages.ts';

const section = place('work');
const chapter = section.dataset.chapter ?? '';
/** Checks whose evidence the learner has opened or closed, by verdict and id: another verdict is another thing to look at. */
const opened = new Map<string, boolean>();
/** The check whose failure is shown in full without being asked, as in the terminal. */
let first: string | undefined;
let grading: Grading | undefined;

const gradeButton = element(
  'button',
  { type: 'button', click: () => void command('grade', { chapter }) },
  'Grade my programs',
);
const stopButton = element(
  'button',
  { type: 'button', disabled: true, click: () => void command('grade/stop') },
  'Stop',
);
const labLink = element('a', { href: `/lab/?chapter=${chapter}` }, 'Live lab');
const status = element('p', { role: 'status' });
const checks = element('ol', { class: 'checks' });

const drawGrading = onceAPicture(() => {
  const running = grading?.state === 'running';
  gradeButton.disabled = running;
  stopButton.disabled = !running;
  status.textContent = grading ? describe(grading) : '';
  first = grading?.checks.find(({ verdict }) => verdict === 'failed')?.id;
  checks.replaceChildren(...(grading?.chapter === chapter ? troublesFirst(grading.checks) : []).map(checkView));
});

function troublesFirst(graded: GradedCheck[]): GradedCheck[] {
  const rank = ({ verdict }: GradedCheck) => Number(verdict === 'passed');
  return graded.toSorted((a, b) => rank(a) - rank(b));
}

function describe({
  chapter: graded,
  state,
  status: doing,
  verdict,
  points,
  maxPoints,
  checks: seen,
}: Grading): string {
  if (graded !== chapter) return state === 'running' ? `Chapter ${graded} is being graded.` : '';
  if (state === 'running') return `Grading: ${doing}`;
  if (state === 'stopped') return `The grading has ended without a result. ${doing}`;
  if (verdict === 'not attempted') return 'Not attempted: your lab is as it was shipped.';
  return `${verdict}: ${points} of ${maxPoints} points.${redByTask(seen)}`;
}

/** A task that is still to be done makes many checks red; that is one thing to do, and not thirty. */
function redByTask(graded: GradedCheck[]): string {
  const red = graded.filter(({ verdict }) => verdict === 'failed');
  const counts = Map.groupBy(red, ({ task }) => task);
  const named = [...counts].sort(([a = Infinity], [b = Infinity]) => a - b);
  const words = named.map(([task, { length }]) => {
    const these = `${length} ${length === 1 ? 'check' : 'checks'}`;
    return task === undefined ? `${these} of no task` : `${these} of TODO ${task}`;
  });
  return words.length === 0 ? '' : ` Red: ${words.join(', ')}.`;
}

function checkView(check: GradedCheck): HTMLElement {
  const { id, title, verdict, points, maxPoints, evidence, why, next, task } = check;
  const mark = { passed: '✓', failed: '✗' }[verdict] ?? '?';
  const summary = element(
    'summary',
    {
      // Before it is done; a toggle event would also tell of what nobody has clicked.
      click: () => opened.set(`${verdict} ${id}`, !details.open),
    },
    element('span', { class: verdict === 'passed' ? 'good' : 'bad' }, mark),
    ` ${title} (${points} of ${maxPoints})`,
  );
  const hint =
    task === undefined
      ? []
      : [element('button', { type: 'button', click: () => void showHint(task) }, `Hint for TODO ${task}`)];
  const about = [evidence && element('pre', { class: 'scroll evidence', tabindex: 0 }, element('code', {}, evidence))];
  const words = verdict === 'passed' ? [why] : [why, next];
  const details: HTMLDetailsElement = element(
    'details',
    {
      open: opened.get(`${verdict} ${id}`) ?? id === first,
    },
    summary,
    ...about.filter((part) => part instanceof HTMLElement),
    ...words.filter((text) => text !== '').map((text) => element('p', {}, text)),
    ...(verdict === 'failed' ? hint : []),
  );
  return element('li', { 'data-check': id, 'data-verdict': verdict }, details);
}

function showWork(work: WorkState): void {
  section.hidden = false;
  place('progress').replaceChildren(element('p', {}, `${work.progress}. ${work.next}`));
  place('hints').replaceChildren(element('h3', {}, 'Hints'), ...work.hints.map(hintView));
  if (place('difference').querySelector('figure')) return; // it is being read
  const wanted = work.passed ? 'Compare with the solution' : 'Show the solution before I have passed';
  const reveal = element('button', { type: 'button', click: () => void showDifference(!work.passed) }, wanted);
  place('difference').replaceChildren(element('h3', {}, 'The solution'), reveal);
}

function hintView({ task, title, rungs, left }: WorkState['hints'][number]): HTMLElement {
  const read = rungs.map(({ name, html }) =>
    element('div', { class: 'rung' }, element('strong', {}, name), ...partsOf(html)),
  );
  const more = element(
    'button',
    { type: 'button', click: () => void climb(task) },
    rungs.length === 0 ? 'A hint' : 'One rung more',
  );
  return element(
    'article',
    { id: `task-${task}` },
    element('h4', {}, `TODO ${task}: ${title}`),
    ...read,
    ...(left > 0 ? [more] : []),
  );
}

/** HTML that the server has made from Markdown, in which no HTML is allowed. */
function partsOf(html: string): Node[] {
  return [...new DOMParser().parseFromString(html, 'text/html').body.childNodes];
}

/** Shows a task's hints, the first rung where none has been read yet. */
async function showHint(task: number): Promise<void> {
  if (!place(`task-${task}`).querySelector('.rung')) await climb(task);
  place(`task-${task}`).scrollIntoView();
}

async function climb(task: number): Promise<void> {
  const work = await command<WorkState>('hint', { chapter, task });
  if (work) showWork(work);
}

async function showDifference(insist: boolean): Promise<void> {
  const files = await command<ShownDiff[]>('diff', { chapter, insist });
  if (!files) return;
  const none = [element('p', {}, 'Your programs are the solution, letter by letter.')];
  place('difference').replaceChildren(
    element('h3', {}, 'From your programs (-) to the solution (+)'),
    ...(files.length > 0 ? files.map(fileView) : none),
  );
}

const ONLY = { both: '', lab: ' (which the solution does not have)', solution: ' (which you do not have)' };
const KINDS: Record<string, string> = { '-': 'hljs-deletion', '+': 'hljs-addition' };

function fileView({ file, in: where, hunks }: ShownDiff): HTMLElement {
  const lines = hunks.flatMap(({ newStart, lines: changed }) => [
    element('span', { class: 'quiet' }, `at line ${newStart}\n`),
    ...changed.map((line) => element('span', { class: KINDS[line.charAt(0)] ?? '' }, `${line}\n`)),
  ]);
  return element(
    'figure',
    { class: 'code' },
    element('figcaption', {}, `${file}${ONLY[where]}`),
    element('pre', { class: 'scroll', tabindex: 0 }, element('code', {}, ...lines)),
  );
}

async function refresh(): Promise<void> {
  const work = await look<WorkState>(`work?chapter=${chapter}`);
  if (work) showWork(work);
}

place('grading').replaceChildren(element('div', { class: 'row' }, gradeButton, stopButton, labLink), status, checks);
void refresh().then(() => {
  // The section was hidden when the browser looked for it.
  if (location.hash === '#work') section.scrollIntoView();
});
listen(
  'work',
  (message) => {
    if (message.kind !== 'grading') return;
    const ended = grading?.state === 'running' && message.grading.state === 'over';
    grading = message.grading;
    drawGrading();
    if (ended) void refresh();
  },
  () => {},
);
