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
  readonly #open: (record: RecordLine) => void;
  #records: readonly RecordLine[] = [];
  /** Whether the end stays in view. */
  follows = true;
  readonly #draw = onceAPicture(() => this.#drawNow());

  constructor(label: string, open: (record: RecordLine) => void) {
    this.#open = open;
    this.root = element(
      'div',
      { class: 'list', tabindex: 0, role: 'group', 'aria-label': label, scroll: this.#draw },
      this.#rows,
    );
  }

  show(records: readonly RecordLine[]): void {
    this.#records = records;
    this.#draw();
  }

  #drawNow(): void {
    const height = this.#records.length * ROW_PX;
    this.#rows.style.height = `${height}px`;
    if (this.follows) this.root.scrollTop = height;
    const from = Math.max(0, Math.floor(this.root.scrollTop / ROW_PX) - SPARE);
    const to = Math.ceil((this.root.scrollTop + this.root.clientHeight) / ROW_PX) + SPARE;
    const focused = document.activeElement?.getAttribute('data-place');
    this.#rows.replaceChildren(
      ...this.#records.slice(from, to).map((record, index) => this.#row(record, from + index)),
    );
    if (focused) this.#rows.querySelector<HTMLElement>(`[data-place="${CSS.escape(focused)}"]`)?.focus();
  }

  #row(record: RecordLine, at: number): HTMLElement {
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
    const row = element('li', { 'aria-setsize': this.#records.length, 'aria-posinset': at + 1 }, button);
    row.style.top = `${at * ROW_PX}px`;
    return row;
  }
}
