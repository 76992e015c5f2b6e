// The pages that listen: each gets what happens as server-sent events, and the present state when it connects.
import type { Response } from 'express';
import type { About, LiveMessage } from '#docs/site/client/lab/messages.ts';

/** A page that reads more slowly than this much behind misses news; it gets the next state. */
const BACKLOG_LIMIT_BYTES = 1_000_000;
/** Kinds of which the last one is the state. */
const STATES: LiveMessage['kind'][] = ['attached', 'topics', 'groups', 'output', 'grading'];
const HEARTBEAT_MS = 15_000;

export class Listeners {
  /** With what each wants to hear of. */
  readonly #pages = new Map<Response, About>();
  readonly #states = new Map<LiveMessage['kind'], string>();
  readonly #token: string;

  constructor(token: string) {
    this.#token = token;
    setInterval(() => this.#write(':\n\n'), HEARTBEAT_MS).unref();
  }

  /** How many pages want to hear of the lab. */
  get ofLab(): number {
    return [...this.#pages.values()].filter((about) => about === 'lab').length;
  }

  /** Sends the present state and what has happened lately, and from now on what happens, until the page goes. */
  add(page: Response, about: About, lately: LiveMessage[]): void {
    page.set({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    page.flushHeaders();
    page.write(eventOf({ kind: 'hello', token: this.#token }));
    for (const [kind, state] of this.#states) if (concerns(kind, about)) page.write(state);
    for (const message of lately) if (concerns(message.kind, about)) page.write(eventOf(message));
    this.#pages.set(page, about);
    page.once('close', () => this.#pages.delete(page));
  }

  /** Tells every page. A state that has not changed is not told again. */
  tell(message: LiveMessage): void {
    const event = eventOf(message);
    if (STATES.includes(message.kind)) {
      if (this.#states.get(message.kind) === event) return;
      this.#states.set(message.kind, event);
    }
    this.#write(event, message.kind);
  }

  #write(event: string, kind?: LiveMessage['kind']): void {
    for (const [page, about] of this.#pages) {
      const wanted = kind === undefined || concerns(kind, about);
      if (wanted && page.writableLength < BACKLOG_LIMIT_BYTES) page.write(event);
    }
  }
}

function concerns(kind: LiveMessage['kind'], about: About): boolean {
  return about === 'lab' || kind === 'grading';
}

function eventOf(message: LiveMessage): string {
  return `data: ${JSON.stringify(message)}\n\n`;
}
