// HTTP as a check sees it: one connection a request, so that nothing is hidden by a pool, and no answer is an answer too.
import http from 'node:http';

export interface HttpAnswer {
  request: string;
  status: number;
  headers: http.IncomingHttpHeaders;
  text: string;
  /** The parsed body; undefined when it is not JSON. */
  json: unknown;
  durationMs: number;
}

/** A request that got no HTTP response: connection refused, reset, or silent past its limit. */
export interface NoAnswer {
  request: string;
  status: undefined;
  error: string;
  durationMs: number;
}

export type HttpOutcome = HttpAnswer | NoAnswer;

export interface HttpRequest {
  port: number;
  method: string;
  path: string;
  headers?: Record<string, string>;
  body?: string | undefined;
  /** Longest wait for the whole answer, in milliseconds. */
  limitMs?: number;
}

/** In bytes; no answer of the contract comes near it, and one without an end would fill the memory of the grader. */
const LONGEST_ANSWER = 10_000_000;

/** Sends one request to 127.0.0.1 and tells what came of it; never rejects. */
export function send({ port, method, path, headers = {}, body, limitMs = 15_000 }: HttpRequest): Promise<HttpOutcome> {
  const request = `${method} ${path}`;
  const start = performance.now();
  return new Promise((settle) => {
    const resolve = (outcome: HttpOutcome) => {
      clearTimeout(timer);
      settle(outcome);
    };
    const elapsed = () => Math.round(performance.now() - start);
    const failed = (error: Error) =>
      resolve({ request, status: undefined, error: error.message, durationMs: elapsed() });
    const outgoing = http.request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes > LONGEST_ANSWER) giveUp(`the answer is longer than ${LONGEST_ANSWER / 1e6} MB`);
      });
      response.on('error', failed);
      response.once('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        const { statusCode = 0, headers: received } = response;
        resolve({ request, status: statusCode, headers: received, text, json: parse(text), durationMs: elapsed() });
      });
    });
    outgoing.on('error', failed);
    const giveUp = (why: string) => {
      failed(new Error(why));
      outgoing.destroy();
    };
    const timer = setTimeout(() => giveUp(`no answer within ${limitMs / 1000} s`), limitMs);
    outgoing.end(body);
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The exchange as a learner reads it: request, status, the headers that matter, body. */
export function describeExchange(outcome: HttpOutcome): string {
  if (outcome.status === undefined)
    return `${outcome.request}\n→ no answer: ${outcome.error} (${outcome.durationMs} ms)`;
  const interesting = ['content-type', 'location', 'x-correlation-id', 'retry-after'];
  const headers = interesting.filter((name) => outcome.headers[name] !== undefined);
  return [
    outcome.request,
    `→ ${outcome.status} ${http.STATUS_CODES[outcome.status] ?? ''} (${outcome.durationMs} ms)`,
    ...headers.map((name) => `  ${name}: ${outcome.headers[name]}`),
    `  ${outcome.text.length > 600 ? `${outcome.text.slice(0, 600)}…` : outcome.text}`,
  ].join('\n');
}
