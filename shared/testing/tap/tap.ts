// A TCP proxy between programs and brokers that reads what passes: it tells what a client really sent, and can hold, refuse
// or cut it, or lose an acknowledgement that the broker has given.
import { once } from 'node:events';
import net from 'node:net';
import type { KafkaCluster } from '#infra/kafka/kafka.ts';
import { forgetOldest } from '../latest.ts';
import {
  decodeFetchWait,
  decodeHeader,
  decodeProduce,
  decodeSaslMechanism,
  decodeSessionTimeout,
  type Produce,
  type RequestHeader,
} from './decode.ts';
import { Faults } from './faults.ts';
import { framesOf, toWire } from './frames.ts';

/** Where the tap listens for one broker, and where that broker does; ports of 127.0.0.1. */
export interface Wire {
  listen: number;
  forward: number;
}

/** The wires of a cluster whose brokers advertise other ports than the ones they listen on. */
export function wiresOf({ clientBrokers, nodes }: KafkaCluster): Wire[] {
  return nodes.map(({ clientPort }, index) => ({
    listen: Number(clientBrokers[index]?.split(':').at(-1)),
    forward: clientPort,
  }));
}

export interface TapRequest extends RequestHeader {
  /** Counts connections from 1. */
  connection: number;
  /** Counts requests from 1. */
  number: number;
  /** Which of the wires it came over, from 0. */
  wire: number;
  /** `performance.now()` when the whole request was here, and when its answer went back to the client. */
  at: number;
  answeredAt: number | undefined;
  produce: Produce | undefined;
  /** Of a SaslHandshake request: PLAIN, SCRAM-SHA-512, … */
  saslMechanism: string | undefined;
  /** Of a Fetch request: how long the broker may wait for records. */
  fetchWaitMs: number | undefined;
  /** Of a JoinGroup request. */
  sessionTimeoutMs: number | undefined;
}

export class Tap {
  /** Every request since the tap was opened, in the order in which they arrived; with `keep`, at least so many of the latest. */
  readonly requests: TapRequest[] = [];
  keep = Number.POSITIVE_INFINITY;
  readonly faults = new Faults();
  onRequest: (request: TapRequest) => void = () => {};
  readonly #servers: net.Server[] = [];
  readonly #open = new Map<number, net.Socket>();
  #connections = 0;
  #requests = 0;
  #mostOpen = 0;

  private constructor() {}

  /** Listens on every wire; rejects, and listens on none, where a port is taken. */
  static async open(wires: Wire[]): Promise<Tap> {
    const tap = new Tap();
    for (const [index, wire] of wires.entries()) {
      const server = net.createServer((client) => void tap.#carry(client, wire.forward, index));
      tap.#servers.push(server);
      server.listen(wire.listen, '127.0.0.1');
      await once(server, 'listening').catch(async (error) => {
        await tap.close();
        throw error;
      });
    }
    return tap;
  }

  async close(): Promise<void> {
    this.faults.clear();
    this.cutConnections();
    await Promise.all(this.#servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }

  /** Client connections that have been opened since the tap was. */
  get connections(): number {
    return this.#connections;
  }

  /** The most client connections that were open at the same time since the last call. */
  takeMostOpen(): number {
    const most = this.#mostOpen;
    this.#mostOpen = this.#open.size;
    return most;
  }

  /** Resets every connection, as a broker's host does that disappears. */
  cutConnections(): void {
    for (const client of this.#open.values()) client.resetAndDestroy();
  }

  async #carry(client: net.Socket, port: number, wire: number): Promise<void> {
    const connection = ++this.#connections;
    this.#open.set(connection, client);
    // At once, and not when the loops below end: one of them may be holding a request of a client that has gone.
    client.once('close', () => this.#open.delete(connection));
    this.#mostOpen = Math.max(this.#mostOpen, this.#open.size);
    const broker = net.connect({ port, host: '127.0.0.1', noDelay: true });
    // Before the loops below hear of it, one of which would close the connection in peace: a broker that is away refuses it.
    let refused = true;
    broker.once('connect', () => {
      refused = false;
    });
    broker.once('error', () => {
      if (refused) client.resetAndDestroy();
    });
    client.setNoDelay(true);
    const unanswered = new Map<number, TapRequest>();
    const requests = this.#carryRequests(client, broker, { connection, wire, unanswered });
    const answers = this.#carryAnswers(broker, client, unanswered);
    // Either side's end or error ends both: a half-open connection would be a third kind of fault, made by nobody.
    await Promise.race([requests, answers]).catch(() => {});
    client.resetAndDestroy();
    broker.destroy();
    await Promise.allSettled([requests, answers]);
  }

  async #carryRequests(client: net.Socket, broker: net.Socket, place: Place): Promise<void> {
    for await (const frame of framesOf(client)) {
      const header = decodeHeader(frame);
      const { connection, wire } = place;
      const produce = decodeProduce(frame, header);
      const request: TapRequest = {
        ...header,
        connection,
        number: ++this.#requests,
        wire,
        at: performance.now(),
        answeredAt: undefined,
        produce,
        saslMechanism: decodeSaslMechanism(frame, header),
        fetchWaitMs: decodeFetchWait(frame, header),
        sessionTimeoutMs: decodeSessionTimeout(frame, header),
      };
      place.unanswered.set(header.correlationId, request);
      this.requests.push(request);
      forgetOldest(this.requests, this.keep);
      this.onRequest(request);
      if ((await this.faults.ofRequest(request)) === 'cut') return;
      await write(broker, frame);
    }
  }

  async #carryAnswers(broker: net.Socket, client: net.Socket, unanswered: Map<number, TapRequest>): Promise<void> {
    for await (const frame of framesOf(broker)) {
      const correlationId = frame.readInt32BE(0);
      const request = unanswered.get(correlationId);
      unanswered.delete(correlationId);
      if (request && (await this.faults.ofAnswer(request)) === 'cut') return;
      if (request) request.answeredAt = performance.now();
      await write(client, frame);
    }
  }
}

interface Place {
  connection: number;
  wire: number;
  unanswered: Map<number, TapRequest>;
}

/** Writes a frame, and waits while the other side is slower than we are, or not yet connected. */
async function write(socket: net.Socket, frame: Buffer): Promise<void> {
  if (socket.connecting) await once(socket, 'connect');
  if (!socket.write(toWire(frame))) await once(socket, 'drain');
}
