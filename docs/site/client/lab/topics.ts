// The topics: partitions, leaders, replicas in sync, offsets.
import { type Child, element, place, redraw, show, table } from './dom.ts';
import type { TopicState } from './messages.ts';

export function showTopics(topics: TopicState[]): void {
  show('topics', topics.length > 0);
  const rows = topics.flatMap(({ name, partitions }) =>
    partitions.map(({ id, leader, replicas, inSync, first, end }): Child[] => [
      `${name}[${id}]`,
      leader < 0 ? element('strong', { class: 'bad' }, 'none') : String(leader),
      replicas.join(', '),
      inSync.length < replicas.length
        ? element('strong', { class: 'bad' }, `${inSync.join(', ') || 'none'} of ${replicas.length}`)
        : inSync.join(', '),
      first,
      end,
    ]),
  );
  const headings = ['partition', 'leader', 'replicas', 'in sync', 'first offset', 'next offset'];
  redraw(place('topics'), table('topics', headings, rows));
}
