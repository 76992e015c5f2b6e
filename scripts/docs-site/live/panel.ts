// Looks at the cluster while at least one page listens: topics, groups, records, the wire. What is lost is looked for again.
import type { Kafka } from 'kafkajs';
import type { Attached, LiveMessage, RecordLine, TopicState, WireLine } from '#docs/site/client/lab/messages.ts';
import { latest } from '#docs/site/client/lab/routine.ts';
import { ClientConfigError } from '#infra/kafka/client-config.ts';
import { GuidedError } from '#infra/machine/guided-error.ts';
import { Administrator, connectTo, findTarget, type Target } from './cluster.ts';
import { groupStates, topicStates } from './cluster-state.ts';
import { stateOf, wireAfter } from './lab-commands.ts';
import type { Listeners } from './listeners.ts';
import { decoderFor } from './schema-decoder.ts';
import { type Positions, Tail } from './tail.ts';

const LOOK_MS = 1_000;
/** Several times what a look takes where a broker is away and the machine is busy. */
const STUCK_MS = 40_000;

/** A connection to one cluster. */
interface Session {
  target: Target;
  kafka: Kafka;
  admin: Administrator;
  tail: Tail | undefined;
  /** The last that were shown, for a page that comes later. */
  records: RecordLine[];
  requests: WireLine[];
  /** The topics that the tail reads. */
  tailed: string;
  positions: Positions;
}

const RECORDS_KEPT = 500;
const REQUESTS_KEPT = 200;

export class Panel {
  readonly decode = decoderFor(process.env);
  readonly #listeners: Listeners;
  readonly #owner: () => number | undefined;
  #session: Session | undefined;
  /** When the look began that is under way, on the clock of `performance.now()`. */
  #lookedAt: number | undefined;
  readonly #timer: NodeJS.Timeout;

  /** `owner` tells the process of the lab that a page has started, while there is one. */
  constructor(listeners: Listeners, owner: () => number | undefined) {
    this.#listeners = listeners;
    this.#owner = owner;
    this.#timer = setInterval(() => void this.#look(), LOOK_MS);
  }

  /** The cluster that pages look at. Throws a GuidedError when there is none. */
  get session(): { kafka: Kafka; admin: Administrator; target: Target } {
    this.#attach();
    if (this.#session) return this.#session;
    throw new GuidedError('No lab is up, and KAFKA_BROKERS does not name a cluster.', 'start a lab, or npm run lab 05');
  }

  /** What a page has missed that comes now. */
  history(): LiveMessage[] {
    const { records, requests } = this.#session ?? { records: [], requests: [] };
    return [
      { kind: 'records', records, left: 0 },
      { kind: 'wire', requests },
    ];
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#detach();
  }

  /**
   * Looks once, unless a look is still under way; looks for nobody are not made. One that does not come to its end is given up
   * together with its clients: kafkajs has calls that wait for ever.
   */
  async #look(): Promise<void> {
    const now = performance.now();
    if (this.#lookedAt !== undefined && now - this.#lookedAt < STUCK_MS) return;
    if (this.#lookedAt !== undefined) void this.#detach();
    this.#lookedAt = now;
    try {
      if (this.#listeners.ofLab === 0) await this.#detach();
      else await this.#tell();
    } finally {
      if (this.#lookedAt === now) this.#lookedAt = undefined;
    }
  }

  async #tell(): Promise<void> {
    try {
      await this.#attach();
    } catch (error) {
      if (!(error instanceof ClientConfigError)) throw error;
      this.#listeners.tell({ kind: 'attached', attached: { trouble: error.message } });
      return;
    }
    const session = this.#session;
    if (!session) {
      this.#listeners.tell({ kind: 'attached', attached: {} });
      this.#listeners.tell({ kind: 'topics', topics: [] });
      this.#listeners.tell({ kind: 'groups', groups: [], at: 0 });
      return;
    }
    const [read] = await Promise.allSettled([this.#read(session), this.#readWire(session)]);
    const trouble = read.status === 'rejected' ? `Kafka does not answer: ${(read.reason as Error).message}` : undefined;
    this.#listeners.tell({ kind: 'attached', attached: await attachedTo(session.target, trouble) });
  }

  async #read(session: Session): Promise<void> {
    const { admin } = session;
    const topics = await admin.ask(topicStates);
    this.#listeners.tell({ kind: 'topics', topics });
    await this.#follow(session, topics);
    this.#listeners.tell({ kind: 'groups', groups: await admin.ask(groupStates), at: Date.now() });
  }

  /** Tails the topics that there are; anew when there are others, or when the tail has broken or stands still. */
  async #follow(session: Session, topics: TopicState[]): Promise<void> {
    const names = topics.map(({ name, partitions }) => `${name}/${partitions.length}`).join();
    const { tail } = session;
    if (tail && !tail.broken && session.tailed === names && !tail.standsStill(topics)) return;
    await session.tail?.close();
    session.tail = undefined;
    if (topics.length === 0) return;
    const { kafka, positions } = session;
    const onRecords = (records: RecordLine[], left: number) => {
      session.records = [...session.records, ...records].slice(-RECORDS_KEPT);
      this.#listeners.tell({ kind: 'records', records, left });
    };
    session.tail = await Tail.open({ kafka, topics, positions, decode: this.decode, onRecords });
    session.tailed = names;
  }

  async #readWire(session: Session): Promise<void> {
    const { lab } = session.target;
    if (!lab?.control) return;
    const requests = await wireAfter(lab.control, session.requests.at(-1)?.number ?? 0);
    if (requests.length === 0) return;
    session.requests = latest([...session.requests, ...requests], REQUESTS_KEPT);
    this.#listeners.tell({ kind: 'wire', requests });
  }

  /** Turns to the cluster that there is now. */
  #attach(): void {
    const target = findTarget(process.env, this.#owner());
    const session = this.#session;
    if (target && session?.target.name === target.name) session.target = target;
    else {
      void this.#detach();
      if (!target) return;
      const kafka = connectTo(target);
      const admin = new Administrator(kafka);
      const nothing = { tail: undefined, tailed: '', records: [], requests: [] };
      this.#session = { target, kafka, admin, positions: new Map(), ...nothing };
      // Before its records: a page forgets those of another cluster when it hears of this one.
      this.#listeners.tell({ kind: 'attached', attached: placeOf(target) });
    }
  }

  async #detach(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.tail?.close();
    await session?.admin.close();
  }
}

function placeOf({ name, lab }: Target): Attached {
  return { cluster: name, brokers: lab?.brokers ?? name };
}

async function attachedTo(target: Target, trouble: string | undefined): Promise<Attached> {
  const { lab } = target;
  const state = lab?.control && (await stateOf(lab.control).catch(() => undefined));
  return {
    ...placeOf(target),
    ...(trouble && { trouble }),
    ...(lab && {
      lab: {
        chapter: lab.chapter,
        controllable: lab.control !== undefined,
        services: state?.services ?? [],
        brokers: state?.brokers ?? [],
      },
    }),
  };
}
