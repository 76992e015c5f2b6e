// The records: live, filtered, or from a place that was jumped to; and one of them in full.
import { look, say } from './connection.ts';
import { element, offer, onceAPicture, place, show, table } from './dom.ts';
import type { RecordLine, TopicState } from './messages.ts';
import { RecordList } from './record-list.ts';
import { placeOf, RecordStore } from './record-store.ts';
import { showSagaOf } from './saga.ts';

const store = new RecordStore();
/** Records of the place that was jumped to; live ones without. */
let jumped: RecordLine[] | undefined;
/** Counts what the reader has asked for: an answer that comes after the next wish is not shown any more. */
let wishes = 0;
const list = new RecordList('records', openRecord);
const count = element('p', { role: 'status' });
const detail = element('div', { id: 'record' });
const topicChoice = element('select', { name: 'topic', 'aria-label': 'topic' });

const draw = onceAPicture(() => {
  list.show(jumped ?? store.records);
  const kept = `${store.records.length} of ${store.total} records`;
  const sampled =
    store.left > 0 ? `; ${store.left} more came too fast to be shown, and are in the topics all the same` : '';
  count.textContent = jumped ? `${jumped.length} records from there on (200 at most)` : `${kept}${sampled}`;
});

export function buildRecords(): void {
  const filter = element('input', {
    type: 'search',
    name: 'filter',
    'aria-label': 'filter',
    placeholder: 'Filter: topic, key, header, value',
    input: () => {
      store.filter = filter.value;
      draw();
    },
  });
  const follow = element('input', {
    type: 'checkbox',
    checked: true,
    change: () => {
      list.follows = follow.checked;
    },
  });
  list.onFollow = (follows) => {
    follow.checked = follows;
  };
  const bar = element('div', { class: 'row' }, filter, element('label', {}, follow, ' follow'));
  place('records').replaceChildren(bar, jumpForm(), count, list.root, detail);
}

function jumpForm(): HTMLElement {
  const where = element('input', {
    name: 'from',
    'aria-label': 'offset or time',
    placeholder: 'offset, or 14:30:05',
    size: 18,
  });
  const partition = element('input', {
    name: 'partition',
    'aria-label': 'partition',
    placeholder: 'partition',
    size: 8,
  });
  const back = element('button', { type: 'button', click: () => jumpTo(undefined) }, 'Back to live');
  return element(
    'form',
    {
      class: 'row',
      id: 'jump',
      submit: (event) => {
        event.preventDefault();
        void jump(topicChoice.value, partition.value.trim(), where.value.trim());
      },
    },
    topicChoice,
    partition,
    where,
    element('button', {}, 'Jump'),
    back,
  );
}

async function jump(topic: string, partition: string, where: string): Promise<void> {
  const query = new URLSearchParams({ topic, ...(partition && { partition }) });
  if (/^\d*$/.test(where)) query.set('offset', where || '0');
  else {
    const time = timeOf(where);
    if (time === undefined) return say(`"${where}" is neither an offset nor a time.`);
    query.set('time', String(time));
  }
  const wish = ++wishes;
  const found = await look<RecordLine[]>(`records?${query}`);
  if (found && wish === wishes) jumpTo(found);
}

/** A time of today in UTC, as the list shows it, or a whole date. */
function timeOf(text: string): number | undefined {
  const today = new Date().toISOString().slice(0, 11);
  const time = Date.parse(/^\d{1,2}:\d{2}/.test(text) ? `${today}${text.padStart(5, '0')}Z` : text);
  return Number.isNaN(time) ? undefined : time;
}

function jumpTo(records: RecordLine[] | undefined): void {
  wishes++;
  jumped = records;
  list.follows = records === undefined;
  list.root.scrollTop = 0;
  draw();
}

export function takeRecords(records: RecordLine[], left: number): void {
  store.add(records, left);
  if (!jumped) draw();
}

export function forgetRecords(): void {
  store.clear();
  detail.replaceChildren();
  jumpTo(undefined);
}

export function offerTopics(topics: TopicState[]): void {
  show('records', topics.length > 0);
  offer(
    topicChoice,
    topics.map(({ name }) => name),
  );
}

function openRecord(record: RecordLine): void {
  const { key, headers, value, timestamp, event } = record;
  const facts = [
    ['timestamp', new Date(timestamp).toISOString()],
    ['key', key ?? '(none)'],
    ...headers.map(([name, content]) => [`header ${name}`, content]),
    ['value', value.kind === 'tombstone' ? 'null: a tombstone' : `${value.kind}, ${value.bytes} bytes`],
    ...(value.schema === undefined ? [] : [['schema', `${value.schema}${value.trouble ? `: ${value.trouble}` : ''}`]]),
  ];
  const saga = event && element('button', { type: 'button', click: () => showSagaOf(event.correlation) }, 'Its saga');
  detail.replaceChildren(
    element('h3', {}, placeOf(record)),
    ...(saga ? [saga] : []),
    table('the record', ['what', 'is'], facts),
    element('pre', { class: 'scroll', tabindex: 0 }, element('code', {}, value.text)),
  );
}
