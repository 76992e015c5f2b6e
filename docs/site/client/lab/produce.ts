// A form for one record.
import { command, say } from './connection.ts';
import { element, offer, place, show } from './dom.ts';
import type { TopicState } from './messages.ts';

const topic = element('select', { name: 'topic', 'aria-label': 'topic of the record' });

export function buildProduce(): void {
  const key = element('input', { name: 'key', 'aria-label': 'key', placeholder: 'key (none when empty)' });
  const partition = element('input', {
    name: 'partition',
    'aria-label': 'partition of the record',
    placeholder: 'partition',
    size: 8,
  });
  const headers = element('input', {
    name: 'headers',
    'aria-label': 'headers',
    placeholder: 'headers: name=value; name=value',
  });
  const value = element('textarea', { name: 'value', 'aria-label': 'value', rows: 5 });
  const tombstone = element('input', { type: 'checkbox', name: 'tombstone' });
  const form = element(
    'form',
    {
      submit: (event) => {
        event.preventDefault();
        void produce({
          topic: topic.value,
          ...(key.value !== '' && { key: key.value }),
          ...(partition.value !== '' && { partition: Number(partition.value) }),
          headers: pairsOf(headers.value),
          value: tombstone.checked ? null : value.value,
        });
      },
    },
    element('div', { class: 'row' }, topic, partition, key, headers),
    value,
    element(
      'div',
      { class: 'row' },
      element('label', {}, tombstone, ' null (a tombstone)'),
      element('button', {}, 'Produce'),
    ),
  );
  place('produce').replaceChildren(form);
}

async function produce(body: unknown): Promise<void> {
  const stored = await command<{ place: string }>('produce', body);
  if (stored) say(`Stored at ${stored.place}.`);
}

function pairsOf(text: string): Record<string, string> {
  const pairs = text.split(';').filter((pair) => pair.includes('='));
  return Object.fromEntries(
    pairs.map((pair) => [pair.slice(0, pair.indexOf('=')).trim(), pair.slice(pair.indexOf('=') + 1).trim()]),
  );
}

export function offerTopicsToProduce(topics: TopicState[]): void {
  show('produce', topics.length > 0);
  offer(
    topic,
    topics.map(({ name }) => name),
  );
}
