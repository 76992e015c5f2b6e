// What a lab that is up lets others of this machine and user do with it: look at the wire, kill, pause and start its services
// and brokers, end it. The docs site is the one that asks.
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express, { type NextFunction, type Request, type Response } from 'express';
import type { OrderAnswer, PartState, WireLine } from '#docs/site/client/lab/messages.ts';
import { latest } from '#docs/site/client/lab/routine.ts';
import type { BrokerNode } from '#infra/kafka/kafka.ts';
import type { HttpOutcome } from '#shared/testing/http-client.ts';
import type { Program } from '#shared/testing/program.ts';
import type { Tap, TapRequest } from '#shared/testing/tap/tap.ts';
import type { LivePrograms } from './live-programs.ts';
import type { LabAddress } from './running-lab.ts';

export interface LabState {
  services: PartState[];
  brokers: PartState[];
}

const ORDER_SERVICE = 'order-service';
const ACTIONS = ['kill', 'pause', 'resume', 'restart'] as const;
export type Action = (typeof ACTIONS)[number];
/** The most that one look at the wire brings of the routine, and of the rest. */
const WIRE_LINES = 200;

export interface Controlled {
  programs: LivePrograms;
  nodes: BrokerNode[];
  tap: Tap | undefined;
}

/** Takes commands on a port of the loopback interface from now on. */
export async function openControl(lab: Controlled): Promise<LabAddress> {
  const token = randomBytes(24).toString('base64url');
  const parts = new Parts(lab);
  const app = express();
  app.disable('x-powered-by');
  app.use(only(token));
  app.get('/state', (_request, response) => {
    response.json(parts.state());
  });
  app.get('/wire', (request, response) => {
    response.json(wireSince(lab, Number(request.query.after ?? 0)));
  });
  app.post('/parts/:name/:action', async (request, response) => {
    const action = ACTIONS.find((known) => known === request.params.action);
    if (!action || !parts.has(request.params.name)) return response.status(404).end();
    await parts.act(request.params.name, action);
    response.json(parts.state());
  });
  app.post('/orders', express.text({ limit: '2mb' }), async (request, response) => {
    const service = lab.programs.services.get(ORDER_SERVICE);
    if (!service) return response.status(404).end();
    response.json(answerOf(await service.postText('/api/orders', String(request.body))));
  });
  app.post('/end', (_request, response) => {
    response.json({});
    process.kill(process.pid, 'SIGTERM');
  });
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, token };
}

function answerOf(outcome: HttpOutcome): OrderAnswer {
  if (outcome.status === undefined) return { text: outcome.error };
  return { status: outcome.status, text: outcome.text };
}

/** A page in a browser cannot send the header, and a stranger does not know the token. */
function only(token: string) {
  const expected = Buffer.from(`Bearer ${token}`);
  return (request: Request, response: Response, next: NextFunction) => {
    const given = Buffer.from(request.headers.authorization ?? '');
    if (given.length === expected.length && timingSafeEqual(given, expected)) next();
    else response.status(403).end();
  };
}

/** The services and brokers by name, and what has been done to them. */
class Parts {
  readonly #lab: Controlled;
  readonly #pausedPrograms = new WeakSet<Program>();
  readonly #brokers = new Map<string, PartState['state']>();

  constructor(lab: Controlled) {
    this.#lab = lab;
    for (const { id } of lab.nodes) this.#brokers.set(brokerName(id), 'running');
  }

  has(name: string): boolean {
    return this.#brokers.has(name) || this.#lab.programs.services.has(name);
  }

  state(): LabState {
    const services = [...this.#lab.programs.services].map(([name, { program }]) => ({
      name,
      state: program.exit ? 'down' : this.#pausedPrograms.has(program) ? 'paused' : 'running',
    })) satisfies PartState[];
    return { services, brokers: [...this.#brokers].map(([name, state]) => ({ name, state })) };
  }

  async act(name: string, action: Action): Promise<void> {
    const node = this.#lab.nodes.find(({ id }) => brokerName(id) === name);
    if (node) await this.#actOnBroker(node, action);
    else await this.#actOnService(name, action);
  }

  async #actOnService(name: string, action: Action): Promise<void> {
    const { programs } = this.#lab;
    const program = programs.service(name).program;
    if (action === 'restart') {
      await program.kill();
      await programs.restart(name);
    } else if (action === 'kill') await program.kill();
    else {
      program.signal(action === 'pause' ? 'SIGSTOP' : 'SIGCONT');
      if (action === 'pause') this.#pausedPrograms.add(program);
      else this.#pausedPrograms.delete(program);
    }
  }

  async #actOnBroker(node: BrokerNode, action: Action): Promise<void> {
    const name = brokerName(node.id);
    const before = this.#brokers.get(name);
    if (action === 'pause' && before === 'running') await node.pause();
    else if (action === 'resume' && before === 'paused') await node.resume();
    else if (action === 'kill' && before !== 'down') await node.kill();
    else if (action === 'restart') {
      if (before !== 'down') await node.kill();
      await node.start();
    } else return;
    this.#brokers.set(
      name,
      ({ pause: 'paused', kill: 'down', resume: 'running', restart: 'running' } as const)[action],
    );
  }
}

function brokerName(id: number): string {
  return `broker-${id}`;
}

function wireSince({ tap, nodes }: Controlled, after: number): WireLine[] {
  const news = (tap?.requests ?? []).filter(({ number }) => number > after);
  return latest(news, WIRE_LINES).map((request) => lineOf(request, nodes));
}

function lineOf(request: TapRequest, nodes: BrokerNode[]): WireLine {
  const { number, api, apiVersion, clientId, connection, wire, at, answeredAt, produce } = request;
  const batches = (produce?.batches ?? []).map(
    ({ topic, partition, records, codec, producerId, baseSequence }) =>
      `${topic}[${partition}] ${records} record${records === 1 ? '' : 's'}${codec === 'none' ? '' : ` ${codec}`}${producerId < 0n ? '' : ` producer ${producerId} from ${baseSequence}`}`,
  );
  return {
    number,
    api,
    version: apiVersion,
    client: clientId ?? '',
    connection,
    broker: nodes[wire]?.id ?? wire + 1,
    ...(answeredAt !== undefined && { took: Math.round((answeredAt - at) * 10) / 10 }),
    detail: produce ? [`acks=${produce.acks}`, ...batches].join(' · ') : '',
  };
}
