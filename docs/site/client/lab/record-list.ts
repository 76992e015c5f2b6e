// A list of any length of which only the rows in view exist.
import { clock, element, onceAPicture } from './dom.ts';
import type { RecordLine } from './messages.ts';
import { placeOf } from './record-store.ts';

const ROW_PX = 28;
/** Rows above and below what is in view. */
const SPARE = 8;

export class RecordList {
  readonly root: HTMLElement;
  readonly #rows = element('ol', { class: 'rows' });
  /** The rows that there are, which stay the same elements as long as they are in view. */
  #shown = new Map<RecordLine, HTMLElement>();
  readonly #open: (record: RecordLine) => void;
  #records: readonly RecordLine[] = [];
  #follows = true;
  /** Told when the reader has scrolled away from the end, or back to it. */
  onFollow: (follows: boolean) => void = () => {};
  readonly #draw = onceAPicture(() => this.#drawNow());

  constructor(label: string, open: (record: RecordLine) => void) {
    this.#open = open;
    const attributes = {
      class: 'list',
      tabindex: 0,
      role: 'group',
      'aria-label': label,
      scroll: () => this.#scrolled(),
    };
    this.root = element('div', attributes, this.#rows);
  }

  /** In this very picture, so that what else is said of the records is said beside them. */
  show(records: readonly RecordLine[]): void {
    this.#records = records;
    this.#drawNow();
  }

  /** Whether the end stays in view. */
  set follows(follows: boolean) {
    this.#follows = follows;
    this.onFollow(follows);
    this.#draw();
  }

  #scrolled(): void {
    const { scrollTop, clientHeight, scrollHeight } = this.root;
    const atEnd = scrollTop + clientHeight >= scrollHeight - ROW_PX;
    if (atEnd !== this.#follows) {
      this.#follows = atEnd;
      this.onFollow(atEnd);
    }
    this.#draw();
  }

  #drawNow(): void {
    const height = this.#records.length * ROW_PX;
    this.#rows.style.height = `${height}px`;
    if (this.#follows) this.root.scrollTop = height;
    const from = Math.max(0, Math.floor(this.root.scrollTop / ROW_PX) - SPARE);
    const to = Math.ceil((this.root.scrollTop + this.root.clientHeight) / ROW_PX) + SPARE;
    const inView = this.#records.slice(from, to);
    const rows = new Map(inView.map((record) => [record, this.#shown.get(record) ?? this.#row(record)]));
    for (const [record, row] of this.#shown) if (!rows.has(record)) row.remove();
    for (const [index, row] of [...rows.values()].entries()) {
      row.style.top = `${(from + index) * ROW_PX}px`;
      row.setAttribute('aria-posinset', String(from + index + 1));
      row.setAttribute('aria-setsize', String(this.#records.length));
      if (this.#rows.children[index] !== row) this.#rows.insertBefore(row, this.#rows.children[index] ?? null);
    }
    this.#shown = rows;
  }

  #row(record: RecordLine): HTMLElement {
    const { key, timestamp, value, event } = record;
    const what = event ? `${event.type} ${event.detail}` : value.kind === 'tombstone' ? 'tombstone' : value.text;
    const button = element(
      'button',
      { type: 'button', 'data-place': placeOf(record), click: () => this.#open(record) },
      element('span', { class: 'quiet' }, clock(timestamp)),
      element('span', { class: 'where' }, placeOf(record)),
      element('span', { class: 'key' }, key ?? '(no key)'),
      element('span', { class: 'what' }, what.slice(0, 200)),
    );
    return element('li', {}, button);
  }
}
