// The records that the page keeps: the last few thousand, and those among them that are asked for.
import type { RecordLine } from './messages.ts';

const KEPT = 5_000;
/** More than a server sends again. */
const RECENT = 600;

export class RecordStore {
  #all: RecordLine[] = [];
  #found: RecordLine[] | undefined;
  #filter = '';
  /** Records that have come and were not sent to the page, since it was opened. */
  left = 0;

  /** After a connection that broke off, some come again. */
  add(records: RecordLine[], left: number): void {
    const known = new Set(this.#all.slice(-RECENT).map(identityOf));
    this.#all.push(...records.filter((record) => !known.has(identityOf(record))));
    if (this.#all.length > KEPT) this.#all.splice(0, this.#all.length - KEPT);
    if (this.#found) this.#found = this.#all.filter((record) => matches(record, this.#filter));
    this.left += left;
  }

  clear(): void {
    this.#all = [];
    this.left = 0;
    this.filter = this.#filter;
  }

  /** Words that a record must contain, all of them, anywhere. */
  set filter(text: string) {
    this.#filter = text.trim().toLowerCase();
    this.#found = this.#filter === '' ? undefined : this.#all.filter((record) => matches(record, this.#filter));
  }

  get records(): readonly RecordLine[] {
    return this.#found ?? this.#all;
  }

  get total(): number {
    return this.#all.length;
  }
}

function matches({ topic, partition, offset, key = '', headers, value }: RecordLine, filter: string): boolean {
  const text = `${topic}[${partition}]@${offset} ${key} ${headers.flat().join(' ')} ${value.text}`.toLowerCase();
  return filter.split(/\s+/).every((word) => text.includes(word));
}

/** A topic that is made anew has records in the same places. */
function identityOf(record: RecordLine): string {
  return `${placeOf(record)} ${record.timestamp}`;
}

/** A record's place, which no other one has. */
export function placeOf({ topic, partition, offset }: RecordLine): string {
  return `${topic}[${partition}]@${offset}`;
}
