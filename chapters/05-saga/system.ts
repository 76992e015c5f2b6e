// The three services with any number of replicas, while a schedule is played on them: who lives, what was answered, and the
// whole as it looks from outside.
import path from 'node:path';
import type { Service } from '#shared/testing/service.ts';
import type { TopicRecord } from '#shared/testing/topic-log.ts';
import type { Environment, Workbench } from '#shared/testing/workbench.ts';
import { complaintsAbout, ordersIn, type Snapshot } from './oracle.ts';
import { look } from './orders.ts';
import { SCARCE, SERVICES, type ServiceName } from './schedule.ts';
import { levelOf } from './stock.ts';
import { type Created, orderRequest } from './traffic.ts';

/** Long enough for a healthy saga on a busy machine, short enough to come up in a schedule. */
const SAGA_TIMEOUT_MS = '8000';
const POST_LIMIT_MS = 8_000;

export class System {
  readonly #bench: Workbench;
  readonly #folder: string;
  /** How many records were in the log before. */
  readonly #since: number;
  readonly #alive = new Map<ServiceName, Service[]>(SERVICES.map((name) => [name, []]));
  readonly #states: Snapshot['states'] = new Map();
  readonly accepted: string[] = [];
  /** Requests that are on their way; a service may die while it has one. */
  readonly #placing: Promise<void>[] = [];

  private constructor(bench: Workbench, since: number) {
    this.#bench = bench;
    this.#since = since;
    this.#folder = bench.makeFolder('system');
  }

  /** A new system beside what other checks have left in the topics. */
  static async create(bench: Workbench): Promise<System> {
    return new System(bench, (await bench.log.catchUp()).length);
  }

  /** The instances of a service that have been started and not ended. */
  instances(name: ServiceName): Service[] {
    const alive = (this.#alive.get(name) ?? []).filter(({ program }) => !program.exit);
    this.#alive.set(name, alive);
    return alive;
  }

  all(): Service[] {
    return SERVICES.flatMap((name) => this.instances(name));
  }

  async start(name: ServiceName): Promise<Service> {
    const service = await this.#bench.start(name, await this.#environment(name));
    this.instances(name).push(service);
    return service;
  }

  /** Starts whatever has no instance, and waits until everything is ready. */
  async makeWhole(): Promise<void> {
    for (const name of SERVICES) if (this.instances(name).length === 0) await this.start(name);
    await Promise.all(this.all().map((service) => this.#bench.untilReady(service)));
  }

  /** Places an order at some replica, and does not wait for the answer: it may never come. */
  place(lines: Record<string, number>, index: number): void {
    const replicas = this.instances('order-service');
    const service = replicas[index % Math.max(1, replicas.length)];
    if (!service) return;
    const placing = service.post('/api/orders', orderRequest(lines), {}, POST_LIMIT_MS).then((outcome) => {
      const { order_id } = (outcome.status === 202 ? outcome.json : {}) as { order_id?: string };
      if (order_id) this.accepted.push(order_id);
    });
    this.#placing.push(placing);
  }

  /** Resolves when every request was answered or given up. */
  async placed(): Promise<void> {
    await Promise.all(this.#placing);
  }

  /** What is wrong now, or not yet done. */
  async complaints(): Promise<string[]> {
    return complaintsAbout(await this.#look());
  }

  /** The records since the system was created. */
  async log(): Promise<TopicRecord[]> {
    return (await this.#bench.log.catchUp()).slice(this.#since);
  }

  async #look(): Promise<Snapshot> {
    const log = await this.log();
    const [orderService] = this.instances('order-service');
    const [inventory] = this.instances('inventory-service');
    for (const order of ordersIn(log)) if (orderService) await this.#note(orderService, order);
    const levels: Snapshot['levels'] = {};
    for (const sku of Object.keys(SCARCE)) levels[sku] = inventory && (await levelOf(inventory, sku));
    const { inbox } = await this.#bench.gateway();
    return { log, states: this.#states, accepted: this.accepted, initial: SCARCE, levels, mails: inbox };
  }

  async #note(service: Service, order: Created): Promise<void> {
    const { order_id } = order.payload;
    const { status, reason } = await look(service, order);
    // A question that was once not answered says nothing, when it is answered later.
    const seen = (this.#states.get(order_id) ?? []).filter((earlier) => earlier.status !== undefined);
    if (seen.at(-1)?.status !== status) seen.push({ status, reason });
    this.#states.set(order_id, seen);
  }

  async #environment(name: ServiceName): Promise<Environment> {
    return {
      KAFKA_SESSION_TIMEOUT_MS: '6000',
      DATABASE_FILE: path.join(this.#folder, `${name}.db`),
      INITIAL_STOCK: JSON.stringify(SCARCE),
      SAGA_TIMEOUT_MS,
      EMAIL_GATEWAY_URL: (await this.#bench.gateway()).url,
    };
  }
}
