// One attempt to have a mail sent by the e-mail gateway, and what its answer means for the next one.

export interface Mail {
  order_id: string;
  customer_id: string | null;
  kind: string;
}

export type Outcome =
  | { kind: 'accepted' }
  /** Another attempt may go better. */
  | { kind: 'transient'; reason: string }
  /** No attempt ever will. */
  | { kind: 'final'; reason: string };

const TRANSIENT = [408, 429];

export class Gateway {
  readonly #url: string;
  readonly #timeoutMs: number;

  constructor(url: string, timeoutMs: number) {
    this.#url = url;
    this.#timeoutMs = timeoutMs;
  }

  /** Posts a mail once. `key` names it for ever, so that the gateway can tell a repetition. Never rejects. */
  async post(mail: Mail, key: string, signal: AbortSignal): Promise<Outcome> {
    try {
      const response = await fetch(`${this.#url}/emails`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'Idempotency-Key': key },
        body: JSON.stringify(mail),
        signal: AbortSignal.any([signal, AbortSignal.timeout(this.#timeoutMs)]),
      });
      await response.body?.cancel();
      return meaningOf(response.status);
    } catch (error) {
      // Refused, cut, or silent for too long.
      const { message, cause } = error as Error;
      return { kind: 'transient', reason: (cause as Error | undefined)?.message || message };
    }
  }
}

function meaningOf(status: number): Outcome {
  if (status >= 200 && status < 300) return { kind: 'accepted' };
  const reason = `the gateway answers ${status}`;
  const final = status >= 400 && status < 500 && !TRANSIENT.includes(status);
  return { kind: final ? 'final' : 'transient', reason };
}
