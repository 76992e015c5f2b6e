import fs from 'node:fs';
import path from 'node:path';
import { isAlive, type ProcessIdentity, signalGroup } from '../machine/process-identity.ts';
import { Run } from '../machine/run.ts';
import { waitUntil } from '../machine/wait-until.ts';
import { brokerFailure, readLog } from './broker-failure.ts';
import { type BrokerJvm, brokerJvm, heapFor, spawnJava } from './broker-jvm.ts';
import { brokerProperties } from './broker-properties.ts';
import {
  type BrokerNode,
  KAFKA_VERSION,
  type KafkaCluster,
  type KafkaHandle,
  type KafkaOptions,
  type NodeHandle,
} from './kafka.ts';
import { addressesOf, assignPorts } from './node-ports.ts';
import { copyStorage, newUuid, prepareBroker } from './prepared-broker.ts';
import { stringifyProperties } from './properties-file.ts';
import { startAll, waitForBroker } from './wait-for-broker.ts';

const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 20_000;

/** Starts Apache Kafka in local JVMs. Throws a GuidedError without Java, network (first time) or a working broker. */
export async function startEmbedded(options: KafkaOptions): Promise<KafkaCluster> {
  const report = options.report ?? (() => {});
  const jvm = await brokerJvm(report);
  const prepared = await prepareBroker(jvm, options.run, report);
  const cluster = await assignPorts(options);
  const clusterId = newUuid();
  const nodes = cluster.map((ports) => {
    const place = options.run.makeFolder(`kafka-${ports.id}`);
    const data = path.join(place, 'data');
    copyStorage(prepared.storage, data, ports.id, clusterId);
    const properties = brokerProperties(ports, cluster, data) + stringifyProperties(options.properties ?? {});
    fs.writeFileSync(path.join(place, 'server.properties'), properties);
    const flags = [heapFor(cluster.length), `-XX:SharedArchiveFile=${prepared.classArchive}`];
    fs.writeFileSync(path.join(place, 'jvm.json'), JSON.stringify({ jvm, flags }));
    return { id: ports.id, clientPort: ports.clientPort, directPort: ports.directPort, place };
  });
  report(nodes.length === 1 ? 'starting Kafka' : `starting ${nodes.length} Kafka brokers`);
  const started = attachEmbedded({
    way: 'embedded',
    version: KAFKA_VERSION,
    clusterId,
    runId: options.run.id,
    ...addressesOf(cluster),
    nodes,
  });
  await startAll(started, START_LIMIT_MS);
  return started;
}

/** The same cluster, seen from any process of this machine. */
export function attachEmbedded(handle: KafkaHandle): KafkaCluster {
  const nodes = handle.nodes.map((node) => new EmbeddedNode(node, handle));
  return {
    ...handle,
    way: 'embedded',
    nodes,
    handle,
    dispose: async () => {
      await Promise.all(nodes.map((node) => node.remove()));
    },
  };
}

/** One broker's JVM. All its state is in its folder, so that any process can stop and start it. */
class EmbeddedNode implements BrokerNode {
  readonly id: number;
  readonly clientPort: number;
  readonly directPort: number;
  readonly #place: string;
  readonly #cluster: KafkaHandle;

  constructor(node: NodeHandle, cluster: KafkaHandle) {
    this.id = node.id;
    this.clientPort = node.clientPort;
    this.directPort = node.directPort;
    this.#place = node.place;
    this.#cluster = cluster;
  }

  async start(): Promise<void> {
    if (this.#isRunning()) return;
    const { jvm, flags } = JSON.parse(fs.readFileSync(path.join(this.#place, 'jvm.json'), 'utf8')) as {
      jvm: BrokerJvm;
      flags: string[];
    };
    const log = path.join(this.#place, 'broker.log');
    const broker = spawnJava(jvm, flags, ['kafka.Kafka', path.join(this.#place, 'server.properties')], log);
    const identity = Run.join(this.#cluster.runId).adopt(broker);
    broker.unref();
    fs.writeFileSync(path.join(this.#place, 'process.json'), JSON.stringify(identity));
    await waitForBroker({
      port: this.directPort,
      clusterId: this.#cluster.clusterId,
      brokers: 1,
      deadline: performance.now() + START_LIMIT_MS,
      assertAlive: () => {
        if (!isAlive(identity))
          throw brokerFailure(`Kafka broker ${this.id} ended while it was starting.`, readLog(log));
      },
    }).catch((error) => {
      signalGroup(identity, 'SIGKILL');
      throw error;
    });
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async pause(): Promise<void> {
    this.#signal('SIGSTOP');
  }

  async resume(): Promise<void> {
    this.#signal('SIGCONT');
  }

  async remove(): Promise<void> {
    await this.#end('SIGKILL');
    fs.rmSync(this.#place, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    this.#signal(signal);
    this.#signal('SIGCONT'); // a paused broker handles no SIGTERM
    await waitUntil(() => !this.#isRunning(), STOP_LIMIT_MS, `Kafka broker ${this.id} to end after ${signal}`);
  }

  #signal(signal: NodeJS.Signals): void {
    const identity = this.#identity();
    if (identity) signalGroup(identity, signal);
  }

  #isRunning(): boolean {
    const identity = this.#identity();
    return identity !== undefined && isAlive(identity);
  }

  /** The process that was started last; none before the first start and after the removal. */
  #identity(): ProcessIdentity | undefined {
    const file = path.join(this.#place, 'process.json');
    return fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, 'utf8')) as ProcessIdentity) : undefined;
  }
}
