// Mails go out through the vendor's HTTP gateway, which may be slow, busy or away; whoever sends one waits until it is
// accepted or refused for good.
import { setTimeout as pause } from 'node:timers/promises';
import type { NotificationKind } from '../events/event.ts';
import type { Log } from '../log.ts';

export interface Mail {
  order_id: string;
  customer_id: string | null;
  kind: NotificationKind;
}

/** `refused`: no further attempt will change the gateway's mind. */
export type Verdict = { accepted: true } | { accepted: false; refused: string };

const PAUSES_MS = [200, 400, 800, 1_600, 3_000];

export class MailSender {
  readonly #url: string;
  readonly #timeoutMs: number;
  readonly #log: Log;

  constructor(gatewayUrl: string, timeoutMs: number, log: Log) {
    this.#url = `${gatewayUrl}/emails`;
    this.#timeoutMs = timeoutMs;
    this.#log = log;
  }

  /** Sends until there is a verdict. `key` names the mail, so that a repetition is no second one. Rejects when `signal` aborts. */
  async send(mail: Mail, key: string, signal: AbortSignal): Promise<Verdict> {
    for (let attempt = 0; ; attempt++) {
      signal.throwIfAborted();
      const answer = await this.#attempt(mail, key, signal);
      if (typeof answer !== 'string') return answer;
      this.#log.warn(`${mail.kind} not sent yet: ${answer}`, { order_id: mail.order_id });
      await pause(PAUSES_MS[Math.min(attempt, PAUSES_MS.length - 1)], undefined, { signal }).catch(() => {});
    }
  }

  /** A verdict, or why it is worth another attempt. */
  async #attempt(mail: Mail, key: string, signal: AbortSignal): Promise<Verdict | string> {
    try {
      const { status, ok, body } = await fetch(this.#url, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'Idempotency-Key': key },
        body: JSON.stringify(mail),
        signal: AbortSignal.any([signal, AbortSignal.timeout(this.#timeoutMs)]),
      });
      await body?.cancel();
      if (ok) return { accepted: true };
      const reason = `the gateway answers ${status}`;
      const worthRepeating = status < 400 || status >= 500 || status === 408 || status === 429;
      return worthRepeating ? reason : { accepted: false, refused: reason };
    } catch (error) {
      return `no answer from the gateway: ${(error as Error).message}`;
    }
  }
}
