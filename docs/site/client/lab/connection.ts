// The connection to the server: one stream of news, and commands that carry its token.
import { place } from './dom.ts';
import type { About, LiveMessage, Refusal } from './messages.ts';

const AGAIN_MS = 2_000;

let token = '';

/** Calls `hear` with what the server tells; a server that is gone is found again by itself. */
export function listen(about: About, hear: (message: LiveMessage) => void, state: (connected: boolean) => void): void {
  const stream = new EventSource(`/live/events?about=${about}`);
  stream.addEventListener('open', () => state(true));
  stream.addEventListener('message', ({ data }) => {
    const message = JSON.parse(data) as LiveMessage;
    if (message.kind === 'hello') token = message.token;
    else hear(message);
  });
  const again = () => {
    stream.close();
    listen(about, hear, state);
  };
  stream.addEventListener('error', () => {
    state(false);
    // A browser gives up when a server answers with an error; this one may be starting again.
    if (stream.readyState === EventSource.CLOSED) setTimeout(again, AGAIN_MS);
  });
  if (about === 'work') restWhileHidden(stream, again);
}

/** A browser keeps six connections to a server, and a learner may have more chapters open. */
function restWhileHidden(stream: EventSource, again: () => void): void {
  const turn = () => {
    if (document.hidden) stream.close();
    else if (stream.readyState === EventSource.CLOSED) {
      document.removeEventListener('visibilitychange', turn);
      again();
    }
  };
  document.addEventListener('visibilitychange', turn);
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
