// What the grader or a lab itself does on the broker: publishes records, and asks about groups and offsets.
import {
  type Admin,
  AssignerProtocol,
  Kafka,
  logLevel,
  type Message,
  type Producer,
  type TopicMessages,
} from 'kafkajs';
import type { ClientConfig } from '#infra/kafka/client-config.ts';

/** A member of a group and the partitions that it has been given. */
export interface GroupMember {
  id: string;
  partitions: { topic: string; partition: number }[];
}

const RETRY = { initialRetryTime: 50, maxRetryTime: 500, retries: 60 };

export class DirectKafka {
  readonly #kafka: Kafka;
  #admin: Promise<Admin> | undefined;
  #producer: Promise<Producer> | undefined;

  constructor(connection: ClientConfig) {
    this.#kafka = new Kafka({ ...connection, clientId: 'workbook-grader', logLevel: logLevel.NOTHING, retry: RETRY });
  }

  /** Publishes records in one request, and resolves when the broker has them. */
  async publish(topic: string, messages: Message[]): Promise<void> {
    await this.publishTogether([{ topic, messages }]);
  }

  /** Publishes records of several topics in one request, and resolves when the broker has them. */
  async publishTogether(topicMessages: TopicMessages[]): Promise<void> {
    this.#producer ??= connected(this.#kafka.producer({ allowAutoTopicCreation: false, retry: RETRY }));
    await (await this.#producer).sendBatch({ topicMessages });
  }

  /** Deletes every record of a topic, as retention does with what is too old. */
  async expire(topic: string): Promise<void> {
    const admin = await this.#administer();
    // kafkajs finds the leaders of a topic's partitions only once it has been asked about the topic.
    const offsets = await admin.fetchTopicOffsets(topic);
    const partitions = offsets.map(({ partition, high }) => ({ partition, offset: high }));
    await admin.deleteTopicRecords({ topic, partitions });
  }

  /** The offsets that a group has committed in a topic, by partition; partitions without one are missing. */
  async committed(group: string, topic: string): Promise<Map<number, bigint>> {
    return (await this.committedIn(group, [topic])).get(topic) ?? new Map();
  }

  /** The offsets that a group has committed, by topic and partition, asked for in one request. */
  async committedIn(group: string, topics: string[]): Promise<Map<string, Map<number, bigint>>> {
    if (topics.length === 0) return new Map();
    const found = await (await this.#administer()).fetchOffsets({ groupId: group, topics });
    return new Map(
      found.map(({ topic, partitions }) => {
        const known = partitions.filter(({ offset }) => Number(offset) >= 0);
        return [topic, new Map(known.map(({ partition, offset }) => [partition, BigInt(offset)]))];
      }),
    );
  }

  /** The members of a group; none when there is no such group. */
  async members(group: string): Promise<GroupMember[]> {
    const { groups } = await (await this.#administer()).describeGroups([group]);
    return (groups[0]?.members ?? []).map(({ memberId, memberAssignment }) => ({
      id: memberId,
      partitions: partitionsOf(memberAssignment),
    }));
  }

  /** The names of all groups. */
  async groups(): Promise<string[]> {
    const { groups } = await (await this.#administer()).listGroups();
    return groups.map(({ groupId }) => groupId);
  }

  async close(): Promise<void> {
    await (await this.#producer)?.disconnect();
    await (await this.#admin)?.disconnect();
  }

  #administer(): Promise<Admin> {
    this.#admin ??= connected(this.#kafka.admin({ retry: RETRY }));
    return this.#admin;
  }
}

async function connected<Client extends { connect(): Promise<void> }>(client: Client): Promise<Client> {
  await client.connect();
  return client;
}

/** A member that is still joining has no assignment. */
function partitionsOf(assignment: Buffer): GroupMember['partitions'] {
  const decoded = assignment.length === 0 ? null : AssignerProtocol.MemberAssignment.decode(assignment);
  const entries = Object.entries(decoded?.assignment ?? {});
  return entries.flatMap(([topic, partitions]) => partitions.map((partition) => ({ topic, partition })));
}
