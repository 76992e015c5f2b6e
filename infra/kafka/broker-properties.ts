import type { NodePorts } from './node-ports.ts';
import { stringifyProperties } from './properties-file.ts';

/**
 * The server.properties of one embedded broker, which is also a controller (KRaft combined mode): three listeners,
 * CLIENT for programs, DIRECT for the grader, CONTROLLER for the quorum.
 */
export function brokerProperties(node: NodePorts, cluster: NodePorts[], dataFolder: string): string {
  return stringifyProperties({
    'process.roles': 'broker,controller',
    'node.id': String(node.id),
    'controller.quorum.voters': cluster.map(({ id, controllerPort }) => `${id}@127.0.0.1:${controllerPort}`).join(','),
    listeners: [
      `CLIENT://127.0.0.1:${node.clientPort}`,
      `DIRECT://127.0.0.1:${node.directPort}`,
      `CONTROLLER://127.0.0.1:${node.controllerPort}`,
    ].join(','),
    'advertised.listeners': `CLIENT://127.0.0.1:${node.advertisedPort},DIRECT://127.0.0.1:${node.directPort}`,
    'listener.security.protocol.map': 'CLIENT:PLAINTEXT,DIRECT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'DIRECT',
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': dataFolder,
    ...commonProperties(cluster.length),
  });
}

/** Ports inside a container. DIRECT and CLIENT are published; INTERNAL is how containers reach each other and themselves. */
export const CONTAINER_PORTS = { CLIENT: 9092, CONTROLLER: 9093, DIRECT: 9094, INTERNAL: 9095 };

/** The server.properties of one broker in a container, whose peers reach it by `hostOf(id)` on the cluster's network. */
export function containerProperties(node: NodePorts, cluster: NodePorts[], hostOf: (id: number) => string) {
  const { CLIENT, CONTROLLER, DIRECT, INTERNAL } = CONTAINER_PORTS;
  const advertised = [
    `CLIENT://127.0.0.1:${node.advertisedPort}`,
    `DIRECT://127.0.0.1:${node.directPort}`,
    `INTERNAL://${hostOf(node.id)}:${INTERNAL}`,
  ];
  return {
    'process.roles': 'broker,controller',
    'node.id': String(node.id),
    'controller.quorum.voters': cluster.map(({ id }) => `${id}@${hostOf(id)}:${CONTROLLER}`).join(','),
    listeners: `CLIENT://:${CLIENT},DIRECT://:${DIRECT},INTERNAL://:${INTERNAL},CONTROLLER://:${CONTROLLER}`,
    'advertised.listeners': advertised.join(','),
    'listener.security.protocol.map': 'CLIENT:PLAINTEXT,DIRECT:PLAINTEXT,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'INTERNAL',
    'controller.listener.names': 'CONTROLLER',
    // The one folder that the user of every image may write to.
    'log.dirs': '/tmp/kafka-data',
    ...commonProperties(cluster.length),
  };
}

/** What a teaching cluster sets in every way of starting it. */
export function commonProperties(brokers: number): Record<string, string> {
  const replicas = String(Math.min(3, brokers));
  const minIsr = brokers === 1 ? '1' : '2';
  return {
    // On, as it is by default, so that a service that relies on it (or misspells a topic) is seen doing so.
    'auto.create.topics.enable': 'true',
    'num.partitions': '1',
    'offsets.topic.num.partitions': '1',
    'offsets.topic.replication.factor': replicas,
    'transaction.state.log.num.partitions': '1',
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': minIsr,
    'share.coordinator.state.topic.num.partitions': '1',
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': minIsr,
    // After a kill -9 the controller keeps the broker's place until its session ends, 9 s by default: a learner would wait
    // that long for a restarted broker, or for a new leader.
    'broker.session.timeout.ms': '4000',
    'broker.heartbeat.interval.ms': '500',
    // A production cluster waits 3 s for more members to arrive before the first rebalance; one learner need not.
    'group.initial.rebalance.delay.ms': '0',
    // The cleaner's default buffer of 128 MB does not fit the small heaps that three brokers on a laptop get.
    'log.cleaner.dedupe.buffer.size': brokers === 1 ? '8388608' : '2097152',
  };
}
