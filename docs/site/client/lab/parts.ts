// The programs and brokers of the lab, each with what can be done to it.
import { command } from './connection.ts';
import { element, place, show } from './dom.ts';
import type { Attached, PartState } from './messages.ts';

/** Nothing that kills lies where the button before it was, for those who click twice. */
const ACTIONS = {
  running: ['pause', 'kill', 'restart'],
  paused: ['resume', 'kill'],
  down: ['restart'],
} as const;

/** Parts with which something is being done. */
const busy = new Set<string>();
let drawn = '';
let last: Attached['lab'];

export function showParts(lab: Attached['lab']): void {
  last = lab;
  const parts = [...(lab?.services ?? []), ...(lab?.brokers ?? [])];
  show('parts', parts.length > 0);
  const state = JSON.stringify([parts, [...busy]]);
  if (state === drawn) return; // a button must not vanish under the pointer
  drawn = state;
  place('parts').replaceChildren(element('ul', { class: 'parts' }, ...parts.map(partRow)));
}

function partRow({ name, state }: PartState): HTMLElement {
  const buttons = ACTIONS[state].map((action) =>
    element(
      'button',
      {
        type: 'button',
        disabled: busy.has(name),
        'aria-label': `${action} ${name}`,
        click: () => void act(name, action),
      },
      action,
    ),
  );
  const said = element('span', { class: state === 'running' ? 'good' : 'bad' }, state);
  return element('li', { 'data-part': name, 'data-state': state }, element('strong', {}, name), said, ...buttons);
}

async function act(part: string, action: string): Promise<void> {
  busy.add(part);
  for (const button of place('parts').querySelectorAll<HTMLButtonElement>(`[data-part="${CSS.escape(part)}"] button`))
    button.disabled = true;
  await command('part', { part, action });
  busy.delete(part);
  // What has become of it may have been told before the answer came, and is not told again.
  showParts(last);
}
