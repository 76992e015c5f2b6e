// What `topics describe` says of a cluster that has lost a broker. The last check of its lane: the broker stays away.
import type { Admin } from 'kafkajs';
import { waitUntil } from '#infra/machine/wait-until.ts';
import { check } from '#shared/testing/check.ts';
import { demand, demandFacts, equals, holds } from '#shared/testing/demand.ts';
import { emptied, made, withAdmin } from '../cluster.ts';
import { described } from '../described.ts';
import { demandSuccess, topics } from '../runs.ts';

const TOPIC = 'inventory.reserved';
const COPIED_EVERYWHERE = 'orders.returned';
/**
 * Neighbours in a ring, so that every partition has other brokers than the ones before and after it; more than ten, because
 * as text 10 comes before 2.
 */
const RING = Array.from({ length: 12 }, (_, partition) => [1 + (partition % 3), 1 + ((partition + 1) % 3)]);
const ISR_LIMIT_MS = 30_000;
/** The first of KAFKA_BROKERS, so that the others have to be asked. */
const AWAY = 1;

check(
  {
    id: 'isr',
    title: 'topics describe lists for each partition, in order, the brokers that are in sync, also when one is away',
    points: 8,
    why: 'The in-sync replicas are the first thing to look at when writes fail with NOT_ENOUGH_REPLICAS.',
    next: 'readTopics in topic-state.ts, which is complete: the isr of each partition, sorted by the number of the partition; kafkaFromEnvironment takes every address of KAFKA_BROKERS.',
  },
  async (bench) => {
    await emptied(bench);
    const replicaAssignment = RING.map((replicas, partition) => ({ partition, replicas }));
    const everywhere = [{ partition: 0, replicas: [1, 2, 3] }];
    await made(bench, [
      { topic: TOPIC, replicaAssignment },
      { topic: COPIED_EVERYWHERE, replicaAssignment: everywhere },
    ]);
    const whole = await topics(bench, ['describe', TOPIC]);
    demandSuccess(whole);
    const [all] = described(whole);
    demandIsr('all brokers are there', all?.isr, RING, whole.told);

    const node = bench.kafka.nodes.find(({ id }) => id === AWAY);
    if (!node) throw new Error(`there is no broker ${AWAY}`);
    await node.stop();
    const left = RING.map((replicas) => replicas.filter((id) => id !== AWAY));
    for (const address of bench.kafka.directBrokers.filter((each) => !each.endsWith(`:${node.directPort}`))) {
      await waitUntil(
        () => withAdmin(bench, hasLeft, address),
        ISR_LIMIT_MS,
        `broker ${AWAY} to leave the in-sync replicas, and the cluster`,
      );
    }
    const reduced = await topics(bench, ['describe', TOPIC]);
    demandSuccess(reduced);
    const [fewer] = described(reduced);
    demandIsr(`broker ${AWAY} is away`, fewer?.isr, left, reduced.told);
    demandFacts(
      'what a broker that is away does not change.',
      [equals('partitions', fewer?.partitions, RING.length), equals('replicationFactor', fewer?.replicationFactor, 2)],
      () => reduced.told,
    );
    const copied = await topics(bench, ['describe', COPIED_EVERYWHERE]);
    demandSuccess(copied);
    demandFacts(
      'a replica that is away is a replica.',
      [equals('replicationFactor', described(copied)[0]?.replicationFactor, 3)],
      () => copied.told,
    );
    return `${whole.told}\n\n${reduced.told}`;
  },
);

/**
 * Whether a broker knows that another is in sync no longer, nor there at all. One that shuts down leaves the in-sync replicas
 * first; until it is gone the others may name it as the one to turn to, and whoever does meets a closed port.
 */
async function hasLeft(admin: Admin): Promise<boolean> {
  const { topics: found } = await admin.fetchTopicMetadata({ topics: [TOPIC] });
  const isOut = found[0]?.partitions.every(({ isr }) => !isr.includes(AWAY)) ?? false;
  const { brokers } = await admin.describeCluster();
  return isOut && brokers.every(({ nodeId }) => nodeId !== AWAY);
}

/** A leader names its in-sync replicas in no particular order. */
function demandIsr(when: string, found: unknown, expected: number[][], told: string): void {
  const lists = Array.isArray(found) ? found : [];
  const facts = expected.map((brokers, partition) => {
    const list = lists[partition];
    const sorted = Array.isArray(list) ? list.toSorted() : list;
    return holds(
      `isr[${partition}]`,
      sorted,
      JSON.stringify(brokers.toSorted()),
      JSON.stringify(sorted) === JSON.stringify(brokers.toSorted()),
    );
  });
  demandFacts(`one list of in-sync brokers for each partition while ${when}.`, facts, () => told);
  demand(lists.length === expected.length, `${expected.length} lists.`, () => told);
}
