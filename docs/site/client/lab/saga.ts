// The saga of an order as a sequence diagram, drawn from the records that carry its correlation id and from nothing else.
import { drawing, element, offer, onceAPicture, place, show } from './dom.ts';
import type { RecordLine, SagaStep } from './messages.ts';
import { placeOf } from './record-store.ts';

interface Step {
  record: RecordLine;
  event: SagaStep;
}

const KEPT_SAGAS = 200;
/** An order has about ten; a flood with one correlation id is no saga. */
const STEPS_DRAWN = 100;
const [LANE_PX, ROW_PX, TOP_PX, LEFT_PX] = [190, 34, 40, 90];

const sagas = new Map<string, Step[]>();
const choice = element('select', { 'aria-label': 'correlation id', change: () => showSagaOf(choice.value) });
const diagram = element('div', { class: 'scroll', tabindex: 0, role: 'group', 'aria-label': 'sequence diagram' });
/** The saga that was chosen; the latest without a choice. */
let chosen: string | undefined;

export function buildSagas(): void {
  place('saga').replaceChildren(element('label', {}, 'Correlation id ', choice), diagram);
}

export function takeSagaSteps(records: RecordLine[]): void {
  for (const record of records) {
    const { event } = record;
    if (!event) continue;
    const steps = sagas.get(event.correlation) ?? [];
    const known = steps.some((step) => placeOf(step.record) === placeOf(record));
    if (!known && steps.length < STEPS_DRAWN) steps.push({ record, event });
    sagas.delete(event.correlation);
    sagas.set(event.correlation, steps);
  }
  for (const old of [...sagas.keys()].slice(0, -KEPT_SAGAS)) if (old !== chosen) sagas.delete(old);
  draw();
}

export function forgetSagas(): void {
  sagas.clear();
  chosen = undefined;
  draw();
}

export function showSagaOf(correlation: string): void {
  chosen = correlation;
  draw();
  diagram.scrollIntoView({ block: 'nearest' });
}

const draw = onceAPicture(() => {
  show('saga', sagas.size > 0);
  const known = [...sagas.keys()].reverse();
  const current = chosen ?? known[0];
  offer(choice, known);
  choice.value = current ?? '';
  diagram.replaceChildren(sequence(current === undefined ? [] : (sagas.get(current) ?? [])));
});

function sequence(unordered: Step[]): SVGElement {
  const steps = unordered.toSorted((a, b) => a.record.timestamp - b.record.timestamp);
  const lanes = [...new Set(steps.flatMap(({ event: { from, to } }) => [from, ...to]))].filter((name) => name !== '');
  const xOf = (name: string) => LEFT_PX + lanes.indexOf(name) * LANE_PX + LANE_PX / 2;
  const begin = steps[0]?.record.timestamp ?? 0;
  const [width, height] = [LEFT_PX + Math.max(1, lanes.length) * LANE_PX, TOP_PX + steps.length * ROW_PX + 14];
  const heads = lanes.map((name) => drawing('text', { class: 'lane', x: xOf(name), y: 16 }, name));
  const lines = lanes.map((name) => drawing('path', { class: 'lines', d: `M${xOf(name)} 24V${height}` }));
  const seen = new Set<string>();
  const rows = steps.flatMap(({ record, event }, index) => {
    const y = TOP_PX + index * ROW_PX + 20;
    const again = seen.has(event.id) ? ' (again)' : '';
    seen.add(event.id);
    return stepDrawing(event, `${event.type} ${event.detail}`.trim() + again, record, y, record.timestamp - begin, xOf);
  });
  const told = steps
    .map(({ event }) => `${event.type} from ${event.from} to ${event.to.join(' and ')}`)
    .join(', then ');
  return drawing(
    'svg',
    {
      class: 'drawing saga',
      role: 'img',
      'aria-label': told || 'no events',
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
    },
    ...heads,
    ...lines,
    ...rows,
  );
}

function stepDrawing(
  { from, to }: SagaStep,
  what: string,
  record: RecordLine,
  y: number,
  after: number,
  xOf: (name: string) => number,
): SVGElement[] {
  const start = xOf(from);
  const ends = to.map(xOf);
  const [left, right] = [Math.min(start, ...ends), Math.max(start, ...ends)];
  const heads = ends.map((end) => {
    const back = end > start ? -8 : 8;
    return drawing('path', { class: 'heads', d: `M${end} ${y}l${back} -4v8Z` });
  });
  return [
    drawing('text', { class: 'quiet', x: 4, y: y + 4 }, `+${after} ms`),
    drawing('path', { class: 'step', d: `M${left} ${y}H${right}` }),
    drawing('circle', { class: 'heads', cx: start, cy: y, r: 4 }),
    ...heads,
    drawing('text', { class: 'event', x: (left + right) / 2, y: y - 5 }, `${what} · ${placeOf(record)}`),
  ];
}
