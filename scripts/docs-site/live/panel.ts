// Looks at the cluster while at least one page listens: topics, groups, records, the wire. What is lost is looked for again.
import type { Kafka } from 'kafkajs';
import type { Attached, TopicState } from '#docs/site/client/lab/messages.ts';
import { ClientConfigError } from '#infra/kafka/client-config.ts';
import { GuidedError } from '#infra/machine/guided-error.ts';
import { Administrator, connectTo, findTarget, type Target } from './cluster.ts';
import { groupStates, topicStates } from './cluster-state.ts';
import { stateOf, wireAfter } from './lab-commands.ts';
import type { Listeners } from './listeners.ts';
import { type Positions, Tail } from './tail.ts';

const LOOK_MS = 1_000;

/** A connection to one cluster. */
interface Session {
  target: Target;
  kafka: Kafka;
  admin: Administrator;
  tail: Tail | undefined;
  /** The topics that the tail reads. */
  tailed: string;
  positions: Positions;
  wire: number;
}

export class Panel {
  readonly #listeners: Listeners;
  #session: Session | undefined;
  #looking = false;
  readonly #timer: NodeJS.Timeout;

  constructor(listeners: Listeners) {
    this.#listeners = listeners;
    this.#timer = setInterval(() => void this.#look(), LOOK_MS);
  }

  /** The cluster that pages look at. Throws a GuidedError when there is none. */
  get session(): { kafka: Kafka; admin: Administrator; target: Target } {
    this.#attach();
    if (this.#session) return this.#session;
    throw new GuidedError('No lab is up, and KAFKA_BROKERS does not name a cluster.', 'start a lab, or npm run lab 05');
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#detach();
  }

  /** Looks once, unless a look is still under way; looks for nobody are not made. */
  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      if (this.#listeners.count === 0) await this.#detach();
      else await this.#tell();
    } finally {
      this.#looking = false;
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

  /** Tails the topics that there are; anew when there are others, or when the tail has broken. */
  async #follow(session: Session, topics: TopicState[]): Promise<void> {
    const names = topics.map(({ name, partitions }) => `${name}/${partitions.length}`).join();
    if (session.tail && !session.tail.broken && session.tailed === names) return;
    await session.tail?.close();
    session.tail = undefined;
    if (topics.length === 0) return;
    const { kafka, positions } = session;
    const onRecords: Parameters<typeof Tail.open>[0]['onRecords'] = (records, left) =>
      this.#listeners.tell({ kind: 'records', records, left });
    session.tail = await Tail.open({ kafka, topics, positions, onRecords });
    session.tailed = names;
  }

  async #readWire(session: Session): Promise<void> {
    const { lab } = session.target;
    if (!lab?.control) return;
    const requests = await wireAfter(lab.control, session.wire);
    const last = requests.at(-1);
    if (!last) return;
    session.wire = last.number;
    this.#listeners.tell({ kind: 'wire', requests });
  }

  /** Turns to the cluster that there is now. */
  #attach(): void {
    const target = findTarget(process.env);
    const session = this.#session;
    if (target && session?.target.name === target.name) session.target = target;
    else {
      void this.#detach();
      if (!target) return;
      const kafka = connectTo(target);
      const admin = new Administrator(kafka);
      this.#session = { target, kafka, admin, tail: undefined, tailed: '', positions: new Map(), wire: 0 };
    }
  }

  async #detach(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.tail?.close();
    await session?.admin.close();
  }
}

async function attachedTo({ name, lab }: Target, trouble: string | undefined): Promise<Attached> {
  const state = lab?.control && (await stateOf(lab.control).catch(() => undefined));
  return {
    brokers: lab?.brokers ?? name,
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
