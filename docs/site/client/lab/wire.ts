// What programs send to the brokers, as the tap has seen it.
import { element, onceAPicture, place, redraw, show, table } from './dom.ts';
import type { WireLine } from './messages.ts';
import { latest, ROUTINE } from './routine.ts';

const KEPT = 300;

let requests: WireLine[] = [];
const routine = element('input', { type: 'checkbox', change: () => draw() });
const shown = element('div', {});

export function buildWire(): void {
  place('wire').replaceChildren(element('label', {}, routine, ` with ${ROUTINE.join(', ')}`), shown);
}

export function takeRequests(more: WireLine[]): void {
  const last = requests.at(-1)?.number ?? 0;
  requests = latest([...requests, ...more.filter(({ number }) => number > last)], KEPT);
  draw();
}

export function forgetRequests(): void {
  requests = [];
  draw();
}

const draw = onceAPicture(() => {
  show('wire', requests.length > 0);
  const chosen = requests.filter(({ api }) => routine.checked || !ROUTINE.includes(api)).slice(-40);
  const rows = chosen
    .toReversed()
    .map(({ number, api, version, client, connection, broker, took, detail }) => [
      String(number),
      `${api} v${version}`,
      client,
      `${connection} to broker ${broker}`,
      took === undefined ? 'not yet, then' : `${took} ms`,
      detail,
    ]);
  const headings = ['', 'request', 'client', 'connection', 'answered after', 'what it holds'];
  const nothing = element('p', { class: 'quiet' }, 'Nothing but these yet.');
  redraw(shown, rows.length > 0 ? table('requests', headings, rows) : nothing);
});
