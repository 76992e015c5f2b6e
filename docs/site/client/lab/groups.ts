// The consumer groups: who has which partition, what is committed, and the lag over the last minutes.
import { type Child, drawing, element, place, redraw, show, table } from './dom.ts';
import type { GroupState } from './messages.ts';

const POINTS = 300;
const [WIDTH, HEIGHT] = [600, 60];

interface Point {
  at: number;
  lag: number;
}

const history = new Map<string, Point[]>();

export function showGroups(groups: GroupState[], at: number): void {
  show('groups', groups.length > 0);
  for (const { id, lag } of groups) remember(id, { at, lag });
  redraw(place('groups'), ...groups.map(groupView));
}

/** Another cluster has other groups. */
export function forgetLag(): void {
  history.clear();
}

function remember(id: string, point: Point): void {
  const points = history.get(id) ?? [];
  points.push(point);
  history.set(id, points.slice(-POINTS));
}

function groupView({ id, state, members, positions, lag }: GroupState): HTMLElement {
  const rows = positions.map(({ topic, partition, committed, first, end, lag: behind }): Child[] => [
    `${topic}[${partition}]`,
    ownerOf(members, `${topic}[${partition}]`),
    committed ?? 'never',
    first,
    end,
    String(behind),
  ]);
  const idle = members.filter(({ assigned }) => assigned.length === 0);
  const summary = `${id} · ${state} · ${members.length} member${members.length === 1 ? '' : 's'} · lag ${lag}`;
  const headings = ['partition', 'member', 'committed', 'first offset', 'next offset', 'lag'];
  return element(
    'article',
    { 'aria-label': `group ${id}`, 'data-state': state, 'data-lag': lag },
    element('h3', {}, summary),
    ...(idle.length > 0
      ? [
          element(
            'p',
            {},
            `Without a partition: ${idle.map(({ client, id: member }) => `${client} ${short(member)}`).join(', ')}`,
          ),
        ]
      : []),
    lagChart(id),
    table(`positions of ${id}`, headings, rows),
  );
}

function ownerOf(members: GroupState['members'], partition: string): string {
  const owner = members.find(({ assigned }) => assigned.includes(partition));
  return owner ? `${owner.client} ${short(owner.id)}` : '–';
}

/** Members are called by their client and a UUID. */
function short(member: string): string {
  return member.slice(-6);
}

function lagChart(id: string): SVGElement {
  const points = history.get(id) ?? [];
  const [first, last] = [points[0]?.at ?? 0, points.at(-1)?.at ?? 0];
  const most = Math.max(1, ...points.map(({ lag }) => lag));
  const span = Math.max(1, last - first);
  const line = points.map(
    ({ at, lag }) => `${Math.round(((at - first) / span) * WIDTH)},${Math.round(HEIGHT - (lag / most) * (HEIGHT - 4))}`,
  );
  const label = `lag of ${id} over ${Math.round(span / 1000)} s: at most ${most}, now ${points.at(-1)?.lag ?? 0}`;
  return drawing(
    'svg',
    { class: 'lag', role: 'img', 'aria-label': label, viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none' },
    drawing('polyline', { points: line.join(' ') }),
  );
}
