// A learner's service while it runs: its process and its HTTP.
import { describeExchange, type HttpOutcome, type HttpRequest, send } from './http-client.ts';
import type { Exit, Program } from './program.ts';

const BROKEN_OFF = /socket hang up|ECONNRESET|EPIPE/;
const END_FOLLOWS_MS = 500;

export class Service {
  readonly program: Program;
  readonly port: number;

  constructor(program: Program, port: number) {
    this.program = program;
    this.port = port;
  }

  get(path: string, limitMs?: number): Promise<HttpOutcome> {
    return this.#send({ port: this.port, method: 'GET', path, ...(limitMs ? { limitMs } : {}) });
  }

  /** Posts a value as JSON. */
  post(path: string, body: unknown, headers: Record<string, string> = {}, limitMs?: number): Promise<HttpOutcome> {
    return this.postText(path, JSON.stringify(body), headers, limitMs);
  }

  /** Posts a body as it is, declared to be JSON. */
  postText(path: string, body: string, headers: Record<string, string> = {}, limitMs?: number): Promise<HttpOutcome> {
    const length = String(Buffer.byteLength(body));
    const all = { 'content-type': 'application/json', 'content-length': length, ...headers };
    return this.#send({ port: this.port, method: 'POST', path, headers: all, body, ...(limitMs ? { limitMs } : {}) });
  }

  /** A connection that breaks off is often the first sign of a program's end; evidence should know of it. */
  async #send(request: HttpRequest): Promise<HttpOutcome> {
    const outcome = await send(request);
    const brokeOff = outcome.status === undefined && BROKEN_OFF.test(outcome.error);
    if (brokeOff) await this.program.waitForExit(END_FOLLOWS_MS).catch(() => {});
    return outcome;
  }

  /** What the service says and how it is, for evidence. */
  describe(...exchanges: HttpOutcome[]): string {
    const { exit } = this.program;
    const state = exit ? `ended with ${describeExit(exit)}` : 'running';
    const said = this.program.tail() || '(nothing)';
    return [...exchanges.map(describeExchange), `${this.program.name} is ${state}; its last words:\n${said}`].join(
      '\n\n',
    );
  }
}

/** How a program ended, in words that follow "ended with". */
export function describeExit({ code, signal, killedItsParent }: Exit): string {
  if (killedItsParent) return `an attack: it sent ${signal} to the process that had started it`;
  return signal ? `signal ${signal}` : `exit code ${code}`;
}
