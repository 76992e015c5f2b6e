// The e-mail vendor, the one stand-in of the course: it takes mails over HTTP, keeps an inbox to look at, and is slow, failing
// or refusing when whoever has started it says so.
import { once } from 'node:events';
import http from 'node:http';

/** A request to send a mail, and what became of it. */
export interface MailRequest {
  order_id: unknown;
  customer_id: unknown;
  kind: unknown;
  /** The header Idempotency-Key. */
  key: string | undefined;
  /** The request line, when it was not `POST /emails` with a JSON body. */
  wrong: string | undefined;
  /** `performance.now()` when the whole request was here, and when it was answered. */
  at: number;
  answeredAt: number | undefined;
  status: number | undefined;
}

export type WhichMail = (mail: MailRequest) => boolean;

/** Something other than accepting, for the requests that it meets, until it is ended. */
export interface Misbehaviour {
  readonly met: MailRequest[];
  /** Accepts what is held, and meets no further request. */
  end(): void;
}

interface Active extends Misbehaviour {
  which: WhichMail;
  /** The status to answer with; undefined cuts the connection. */
  answer: () => Promise<number | undefined>;
}

const ACCEPTED = 202;

export class EmailGateway {
  /** Every request, in the order in which they arrived. */
  readonly requests: MailRequest[] = [];
  onMail: (mail: MailRequest) => void = () => {};
  readonly port: number;
  #server: http.Server;
  #active: Active[] = [];

  private constructor(server: http.Server, port: number) {
    this.#server = server;
    this.port = port;
  }

  /** Listens on `port` of 127.0.0.1; on any free one with 0. */
  static async start(port = 0): Promise<EmailGateway> {
    const server = http.createServer();
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    const gateway = new EmailGateway(server, (server.address() as { port: number }).port);
    server.on('request', (request, response) => void gateway.#handle(request, response));
    return gateway;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The mails that went out: of each key one, in the order in which they were accepted. */
  get inbox(): MailRequest[] {
    const accepted = this.requests.filter(({ status = 0 }) => status >= 200 && status < 300);
    accepted.sort((a, b) => (a.answeredAt ?? 0) - (b.answeredAt ?? 0));
    return accepted.filter((mail, index) => accepted.findIndex(({ key }) => key === mail.key) === index);
  }

  /** Answers with a status instead of accepting. */
  fail(which: WhichMail, status: number, times = Number.POSITIVE_INFINITY): Misbehaviour {
    return this.#begin(which, async () => status, times);
  }

  /** Cuts the connection instead of answering. */
  cut(which: WhichMail, times = Number.POSITIVE_INFINITY): Misbehaviour {
    return this.#begin(which, async () => undefined, times);
  }

  /** Answers nothing until it is ended; then accepts. */
  hold(which: WhichMail, times = Number.POSITIVE_INFINITY): Misbehaviour {
    const { promise, resolve } = Promise.withResolvers<number>();
    return this.#begin(
      which,
      () => promise,
      times,
      () => resolve(ACCEPTED),
    );
  }

  /** Accepts nobody's connection until `up`. */
  async down(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async up(): Promise<void> {
    this.#server.listen(this.port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  /** Behaves again. */
  clear(): void {
    for (const misbehaviour of [...this.#active]) misbehaviour.end();
  }

  async close(): Promise<void> {
    this.clear();
    if (this.#server.listening) await this.down();
  }

  async #handle(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    if (request.method === 'GET') return this.#show(response);
    const mail = toMail(request, await bodyOf(request).catch((error: Error) => error));
    this.requests.push(mail);
    const status = mail.wrong === undefined ? await this.#statusFor(mail) : 400;
    if (status === undefined) return void request.socket.destroy();
    // What was accepted has been sent, whether or not anybody is still there to hear of it.
    mail.status = status;
    mail.answeredAt = performance.now();
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify({ status }));
    this.onMail(mail);
  }

  /** The inbox as a browser or curl shows it. */
  #show(response: http.ServerResponse): void {
    const mails = this.inbox.map(({ order_id, customer_id, kind, key }) => ({ kind, order_id, customer_id, key }));
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(`${JSON.stringify(mails, null, 2)}\n`);
  }

  async #statusFor(mail: MailRequest): Promise<number | undefined> {
    const misbehaviour = this.#active.find(({ which }) => which(mail));
    if (!misbehaviour) return ACCEPTED;
    misbehaviour.met.push(mail);
    return misbehaviour.answer();
  }

  #begin(which: WhichMail, answer: Active['answer'], times: number, atEnd: () => void = () => {}): Misbehaviour {
    const misbehaviour: Active = {
      met: [],
      which: (mail) => misbehaviour.met.length < times && which(mail),
      answer,
      end: () => {
        this.#active = this.#active.filter((active) => active !== misbehaviour);
        atEnd();
      },
    };
    this.#active.push(misbehaviour);
    return misbehaviour;
  }
}

/** In bytes; a mail of the contract has some two hundred. */
const LONGEST_MAIL = 1_000_000;

async function bodyOf(request: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    chunks.push(chunk as Buffer);
    bytes += (chunk as Buffer).length;
    if (bytes > LONGEST_MAIL) throw new Error(`more than ${LONGEST_MAIL} bytes`);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** `body` is an error where it never came to its end. */
function toMail({ method, url, headers }: http.IncomingMessage, body: string | Error): MailRequest {
  const parsed = body instanceof Error ? undefined : parse(body);
  const right = method === 'POST' && url === '/emails' && parsed !== undefined;
  const { order_id, customer_id, kind } = parsed ?? {};
  const key = headers['idempotency-key'];
  return {
    order_id,
    customer_id,
    kind,
    key: Array.isArray(key) ? key[0] : key,
    wrong: right ? undefined : `${method} ${url} with ${described(body)}`,
    at: performance.now(),
    answeredAt: undefined,
    status: undefined,
  };
}

function described(body: string | Error): string {
  return body instanceof Error ? `a body that did not end: ${body.message}` : body.slice(0, 200) || 'no body';
}

function parse(body: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
