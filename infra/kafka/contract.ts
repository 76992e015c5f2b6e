// One contract for every way of having a Kafka: whoever starts it differently passes the same cases, or says which not.
import fs from 'node:fs';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { isFree, reservePorts } from '../machine/ports.ts';
import { Run } from '../machine/run.ts';
import {
  administration,
  advertisedPort,
  compression,
  directListener,
  groupOfTwo,
  produceAndConsume,
  transactions,
} from './contract-cases.ts';
import { attachFromHandle, loseTheLeader, pauseAndResume, restart } from './contract-faults.ts';
import type { KafkaCluster, KafkaHandle, KafkaOptions } from './kafka.ts';

const CASES = {
  'records come back in the order in which they were sent': produceAndConsume,
  'two members of a group share the partitions of a topic': groupOfTwo,
  'committed transactions are read, aborted ones are not': transactions,
  'topics can be created, described and deleted': administration,
  'a topic can have its records compressed in every codec': compression,
  'the direct listener reaches the same broker': directListener,
  'a broker that was stopped starts again with its data': (cluster) => restart(cluster, 'stop'),
  'a broker that was killed starts again with its data': (cluster) => restart(cluster, 'kill'),
  'a paused broker holds requests and answers them when resumed': pauseAndResume,
} satisfies Record<string, (cluster: KafkaCluster) => Promise<void>>;

const ADVERTISED = 'programs are sent to the advertised port';
const ATTACHED = 'a cluster attached from its handle is the same cluster';
const DISPOSED = 'disposing leaves nothing behind';
const THREE = 'three brokers survive the loss of a leader';

export type ContractCase = keyof typeof CASES | typeof ADVERTISED | typeof ATTACHED | typeof DISPOSED | typeof THREE;

export interface ContractSubject {
  name: string;
  start: (options: KafkaOptions) => Promise<KafkaCluster>;
  attach: (handle: KafkaHandle) => KafkaCluster;
  /** What is still there of a cluster: processes, containers, networks, folders, by name. */
  leftovers: (handle: KafkaHandle) => string[];
  /** Cases that this way cannot pass, and why; they appear in the report under their reason. */
  gaps: { reason: string; cases: ContractCase[] }[];
}

/** Declares the contract's tests for one way of having a Kafka. */
export function kafkaContract({ name, start, attach, leftovers, gaps }: ContractSubject): void {
  describe(name, () => {
    let run: Run;
    let cluster: KafkaCluster;
    beforeAll(async () => {
      run = Run.begin();
      cluster = await start({ run, brokers: 1 });
    });
    afterAll(() => run.dispose());

    const reasons = new Map(gaps.flatMap(({ reason, cases }) => cases.map((title) => [title as string, reason])));
    const declare = (title: ContractCase, judge: () => Promise<void>) => {
      const reason = reasons.get(title);
      if (reason) test.skip(`${title} (not here: ${reason})`, () => {});
      else test(title, judge);
    };

    for (const [title, judge] of Object.entries(CASES)) declare(title as ContractCase, () => judge(cluster));
    declare(ADVERTISED, async () => {
      const [port = 0] = await reservePorts(run, 1);
      const other = await start({ run, brokers: 1, advertisedPorts: [port] });
      onTestFinished(() => other.dispose());
      await advertisedPort(other, port);
    });
    declare(ATTACHED, () => attachFromHandle(cluster, attach(JSON.parse(JSON.stringify(cluster.handle)))));
    declare(THREE, async () => {
      const three = await start({ run, brokers: 3 });
      onTestFinished(() => three.dispose()); // last, after the clients: they would wait long to leave a dead cluster
      await loseTheLeader(three);
    });
    declare(DISPOSED, () => disposeLeavesNothing(start, leftovers));
  });
}

/** Both ways to the end: the cluster's own, and the run's, which must also take what nobody has disposed of. */
async function disposeLeavesNothing(start: ContractSubject['start'], leftovers: ContractSubject['leftovers']) {
  const run = Run.begin();
  const [disposed, forgotten] = [await start({ run, brokers: 1 }), await start({ run, brokers: 1 })];
  expect(leftovers(disposed.handle)).not.toEqual([]);
  await disposed.dispose();
  await disposed.dispose();
  expect(leftovers(disposed.handle)).toEqual([]);
  await forgotten.nodes[0]?.pause();
  run.dispose();
  expect(leftovers(forgotten.handle)).toEqual([]);
  for (const { clientPort } of [...disposed.nodes, ...forgotten.nodes]) expect(await isFree(clientPort)).toBe(true);
  expect(fs.existsSync(run.folder)).toBe(false);
}
