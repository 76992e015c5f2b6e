// The pages that listen: each gets what happens as server-sent events, and the present state when it connects.
import type { Response } from 'express';
import type { LiveMessage } from '#docs/site/client/lab/messages.ts';

/** A page that reads more slowly than this much behind misses news; it gets the next state. */
const BACKLOG_LIMIT_BYTES = 1_000_000;
/** Kinds of which the last one is the state. */
const STATES: LiveMessage['kind'][] = ['attached', 'topics', 'groups', 'output', 'grading'];
const HEARTBEAT_MS = 15_000;

export class Listeners {
  readonly #pages = new Set<Response>();
  readonly #states = new Map<LiveMessage['kind'], string>();
  readonly #token: string;

  constructor(token: string) {
    this.#token = token;
    setInterval(() => this.#write(':\n\n'), HEARTBEAT_MS).unref();
  }

  get count(): number {
    return this.#pages.size;
  }

  /** Sends the present state and what has happened lately, and from now on what happens, until the page goes. */
  add(page: Response, lately: LiveMessage[]): void {
    page.set({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    page.flushHeaders();
    page.write(eventOf({ kind: 'hello', token: this.#token }));
    for (const state of this.#states.values()) page.write(state);
    for (const message of lately) page.write(eventOf(message));
    this.#pages.add(page);
    page.once('close', () => this.#pages.delete(page));
  }

  /** Tells every page. A state that has not changed is not told again. */
  tell(message: LiveMessage): void {
    const event = eventOf(message);
    if (STATES.includes(message.kind)) {
      if (this.#states.get(message.kind) === event) return;
      this.#states.set(message.kind, event);
    }
    this.#write(event);
  }

  #write(event: string): void {
    for (const page of this.#pages) if (page.writableLength < BACKLOG_LIMIT_BYTES) page.write(event);
  }
}

function eventOf(message: LiveMessage): string {
  return `data: ${JSON.stringify(message)}\n\n`;
}
