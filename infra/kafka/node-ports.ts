import { reservePorts } from '../machine/ports.ts';
import type { KafkaOptions } from './kafka.ts';

/** The ports of one broker on 127.0.0.1. */
export interface NodePorts {
  id: number;
  clientPort: number;
  directPort: number;
  controllerPort: number;
  /** Where clients are sent; the tap's port, or `clientPort` itself. */
  advertisedPort: number;
}

/** Reserves the ports of a cluster's brokers. Throws a GuidedError when none are free. */
export async function assignPorts({ run, brokers, ...wishes }: KafkaOptions): Promise<NodePorts[]> {
  const free = await reservePorts(run, brokers * 3);
  const next = () => free.pop() ?? 0;
  return Array.from({ length: brokers }, (_, index) => {
    const clientPort = (index === 0 ? wishes.preferredPort : undefined) ?? next();
    return {
      id: index + 1,
      clientPort,
      directPort: next(),
      controllerPort: next(),
      advertisedPort: wishes.advertisedPorts?.[index] ?? clientPort,
    };
  });
}

/** The addresses of a cluster that are the same in every way of starting it. */
export function addressesOf(cluster: NodePorts[]) {
  const clientBrokers = cluster.map(({ advertisedPort }) => `127.0.0.1:${advertisedPort}`);
  return {
    clientBrokers,
    directBrokers: cluster.map(({ directPort }) => `127.0.0.1:${directPort}`),
    environment: { KAFKA_BROKERS: clientBrokers.join(',') },
  };
}
