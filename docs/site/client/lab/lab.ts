// The live page: hears what the server tells, and passes it to those who show it.
import { command, listen } from './connection.ts';
import { element, place, show } from './dom.ts';
import { forgetLag, showGroups } from './groups.ts';
import type { Attached, LabOutput, LiveMessage } from './messages.ts';
import { buildOrder, offerOrder } from './order.ts';
import { showParts } from './parts.ts';
import { buildProduce, offerTopicsToProduce } from './produce.ts';
import { showProgress } from './progress.ts';
import { buildRecords, forgetRecords, offerTopics, takeRecords } from './records.ts';
import { buildSagas, forgetSagas, takeSagaSteps } from './saga.ts';
import { showTopics } from './topics.ts';
import { buildWire, forgetRequests, takeRequests } from './wire.ts';

let cluster: string | undefined;
let present: Attached = {};
/** Whether a lab is up, and whether one that was started here still runs. */
const state = { up: false, started: false };

function hear(message: LiveMessage): void {
  switch (message.kind) {
    case 'attached':
      attach(message.attached);
      break;
    case 'topics':
      showTopics(message.topics);
      offerTopics(message.topics);
      offerTopicsToProduce(message.topics);
      break;
    case 'groups':
      showGroups(message.groups, message.at);
      break;
    case 'records':
      takeRecords(message.records, message.left);
      takeSagaSteps(message.records);
      break;
    case 'wire':
      takeRequests(message.requests);
      break;
    case 'output':
      showOutput(message.output);
      break;
    case 'grading':
      if (message.grading.state === 'over') void showProgress();
      break;
  }
}

function attach(attached: Attached): void {
  if (attached.cluster !== cluster) {
    cluster = attached.cluster;
    forgetRecords();
    forgetSagas();
    forgetRequests();
    forgetLag();
  }
  present = attached;
  sayConnection(describe(attached));
  showParts(attached.lab);
  offerOrder(attached.lab);
  if (attached.lab && !state.up) choose(attached.lab.chapter);
  state.up = attached.lab !== undefined;
  offer(attached.lab?.controllable === true);
}

/** A lab can be ended as soon as it takes commands, or from its start when it was started here. */
function offer(controllable: boolean): void {
  const { start, end } = buttons();
  if (start) start.disabled = state.up || state.started;
  if (end) end.disabled = !controllable && !state.started;
}

function describe({ lab, brokers, trouble }: Attached): string {
  if (trouble) return trouble;
  if (!brokers && state.started) return 'The lab is starting.';
  if (!brokers) return 'No lab is up. Start one here, or with npm run lab in a terminal.';
  return lab ? `The lab of chapter ${lab.chapter} is up, at ${brokers}.` : `Attached to the brokers at ${brokers}.`;
}

function showOutput({ lines, chapter, subject, running }: LabOutput): void {
  show('output', true);
  const code = place('output').querySelector('pre') ?? emptyOutput();
  const follows = code.scrollTop + code.clientHeight >= code.scrollHeight - 1;
  code.textContent = [`${subject}/${chapter}${running ? '' : ' (ended)'}`, ...lines].join('\n');
  if (follows) code.scrollTop = code.scrollHeight;
  state.started = running;
  sayConnection(describe(present));
  sayNext(running ? lines.findLast((line) => line.startsWith(NEXT)) : undefined);
  offer(state.up);
}

/** How a lab begins the line that says what to do next; what the programs log drives it out of sight. */
const NEXT = '▸ next';

function sayNext(line: string | undefined): void {
  const said = line?.slice(2) ?? '';
  const place = document.querySelector('#next');
  if (place && place.textContent !== said) place.textContent = said;
}

function emptyOutput(): HTMLElement {
  const code = element('pre', { class: 'scroll output', tabindex: 0 });
  place('output').append(element('p', { id: 'next', role: 'status' }), code);
  return code;
}

/** Says in the form which chapter is meant; one that it does not offer changes nothing. */
function choose(chapter: string | null): void {
  const option = [...(buttons().form?.querySelectorAll('option') ?? [])].find(({ value }) => value === chapter);
  if (option) option.selected = true;
}

function buttons() {
  const form = document.querySelector<HTMLFormElement>('#start');
  const button = (name: string) => form?.querySelector<HTMLButtonElement>(`button[name=${name}]`);
  return { form, start: button('start'), end: button('end') };
}

function sayConnection(sentence: string): void {
  const line = place('connection');
  if (line.textContent !== sentence) line.textContent = sentence;
}

const { form, end } = buttons();
form?.addEventListener('submit', (event) => {
  event.preventDefault();
  const { chapter, subject } = Object.fromEntries(new FormData(form));
  void command('lab/start', { chapter, subject });
});
end?.addEventListener('click', () => void command('lab/end'));
choose(new URLSearchParams(location.search).get('chapter'));
buildRecords();
buildSagas();
buildWire();
buildProduce();
buildOrder();
void showProgress();
listen('lab', hear, (connected) => {
  if (!connected) sayConnection('The server is gone; this page tries again until it is back.');
});
