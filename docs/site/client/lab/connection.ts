// The connection to the server: one stream of news, and commands that carry its token.
import { place } from './dom.ts';
import type { LiveMessage, Refusal } from './messages.ts';

let token = '';

/** Calls `hear` with everything that the server tells; a server that is gone is found again by itself. */
export function listen(hear: (message: LiveMessage) => void, state: (connected: boolean) => void): void {
  const stream = new EventSource('/live/events');
  stream.addEventListener('open', () => state(true));
  stream.addEventListener('message', ({ data }) => {
    const message = JSON.parse(data) as LiveMessage;
    if (message.kind === 'hello') token = message.token;
    else hear(message);
  });
  stream.addEventListener('error', () => {
    state(false);
    // A browser gives up when a server answers with an error; this one may be starting again.
    if (stream.readyState !== EventSource.CLOSED) return;
    setTimeout(() => listen(hear, state), 2_000);
  });
}

/** Asks for something to be done; a refusal is shown, and `undefined` returned. */
export async function command<Answer>(path: string, body: unknown = {}): Promise<Answer | undefined> {
  return answered<Answer>(
    fetch(`/live/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-workbook-token': token },
      body: JSON.stringify(body),
    }),
  );
}

export async function look<Answer>(path: string): Promise<Answer | undefined> {
  return answered<Answer>(fetch(`/live/${path}`));
}

async function answered<Answer>(request: Promise<Response>): Promise<Answer | undefined> {
  try {
    const response = await request;
    if (response.ok) {
      say('');
      return (await response.json()) as Answer;
    }
    const { title, next } = (await response.json()) as Refusal;
    say(next ? `${title} Next: ${next}` : title);
  } catch {
    say('The server does not answer. Next: see whether npm run docs is still running.');
  }
  return undefined;
}

/** A sentence about what was asked for last. */
export function say(sentence: string): void {
  place('answer').textContent = sentence;
}
