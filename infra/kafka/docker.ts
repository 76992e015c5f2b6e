import { randomBytes } from 'node:crypto';
import { Run } from '../machine/run.ts';
import { heapFor } from './broker-jvm.ts';
import { containerProperties } from './broker-properties.ts';
import { createContainer } from './docker-container.ts';
import { dockerEngine, ensureKafkaImage } from './docker-engine.ts';
import { DockerNode } from './docker-node.ts';
import { KAFKA_VERSION, type KafkaCluster, type KafkaHandle, type KafkaOptions } from './kafka.ts';
import { addressesOf, assignPorts, type NodePorts } from './node-ports.ts';
import { newUuid } from './prepared-broker.ts';
import { startAll } from './wait-for-broker.ts';

const START_LIMIT_MS = 60_000;

/** Starts Apache Kafka in containers. Throws a GuidedError without an engine, an image or a working broker. */
export async function startDocker(options: KafkaOptions): Promise<KafkaCluster> {
  const report = options.report ?? (() => {});
  const image = await ensureKafkaImage(options.run, report);
  const cluster = await assignPorts(options);
  const clusterId = newUuid();
  const name = `kafka-workbook-${options.run.id}-${randomBytes(3).toString('hex')}`;
  const started = attachDocker({
    way: 'docker',
    version: versionIn(image),
    clusterId,
    runId: options.run.id,
    ...addressesOf(cluster),
    nodes: cluster.map(({ id, clientPort, directPort }) => ({ id, clientPort, directPort, place: `${name}-${id}` })),
  });
  report(cluster.length === 1 ? 'starting Kafka in Docker' : `starting ${cluster.length} Kafka brokers in Docker`);
  const network = cluster.length > 1 ? await createNetwork(options.run, name) : undefined;
  const hostOf = (id: number) => (network ? `${name}-${id}` : 'localhost');
  const create = (ports: NodePorts) =>
    createContainer(options.run, image, {
      name: `${name}-${ports.id}`,
      network,
      ports,
      environment: {
        CLUSTER_ID: clusterId,
        KAFKA_HEAP_OPTS: heapFor(cluster.length),
        KAFKA_JVM_PERFORMANCE_OPTS: '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC',
        // A container that starts again may have another address, and Java would remember the old one for 30 s.
        KAFKA_OPTS: '-Dsun.net.inetaddr.ttl=1',
        ...asVariables({ ...containerProperties(ports, cluster, hostOf), ...options.properties }),
      },
    });
  await Promise.all(cluster.map(create));
  await startAll(started, START_LIMIT_MS);
  return started;
}

/** The same cluster, seen from any process of this machine. */
export function attachDocker(handle: KafkaHandle): KafkaCluster {
  const nodes = handle.nodes.map((node) => new DockerNode(node, handle.clusterId));
  const network = handle.nodes.length > 1 ? networkOf(handle) : undefined;
  return {
    ...handle,
    way: 'docker',
    nodes,
    handle,
    dispose: async () => {
      await Promise.all(nodes.map((node) => node.remove()));
      if (network) await removeNetwork(network);
      Run.join(handle.runId).release([...handle.nodes.map(({ place }) => place), ...(network ? [network] : [])]);
    },
  };
}

/** Kafka's rule for environment variables: a dot becomes _, an underscore __ and a dash ___. */
export function asVariables(properties: Record<string, string>): Record<string, string> {
  const nameOf = (key: string) => key.replaceAll('_', '__').replaceAll('-', '___').replaceAll('.', '_').toUpperCase();
  return Object.fromEntries(Object.entries(properties).map(([key, value]) => [`KAFKA_${nameOf(key)}`, value]));
}

/** Containers are called after their network: its name, a dash, and the broker's id. */
function networkOf({ nodes: [first] }: KafkaHandle): string | undefined {
  return first?.place.slice(0, first.place.lastIndexOf('-'));
}

async function createNetwork(run: Run, name: string): Promise<string> {
  run.adoptNetwork(name);
  const { network } = await dockerEngine();
  await network.create({ Name: name, CheckDuplicate: true, Driver: 'bridge' });
  return name;
}

async function removeNetwork(name: string): Promise<void> {
  const { network } = await dockerEngine();
  await network.remove(network.getById(name)).catch((error: { statusCode?: number }) => {
    if (error.statusCode !== 404) throw error;
  });
}

/** Ours is named after its Kafka, and so is the official one; of any other image nothing is known. */
function versionIn(image: string): string {
  return image.includes(KAFKA_VERSION) ? KAFKA_VERSION : 'unknown';
}
