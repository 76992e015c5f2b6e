import net from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import type { KafkaCluster } from './kafka.ts';

const POLL_MS = 20;

export interface Expected {
  port: number;
  clusterId: string;
  /** How many brokers must be registered. */
  brokers: number;
  /** Throws when the process or container that should answer is gone. */
  assertAlive: () => void | Promise<void>;
  /** `performance.now()` after which waiting is given up. */
  deadline: number;
}

/**
 * Resolves when the broker at a port of 127.0.0.1 answers a Metadata request as a member of the expected cluster. A port
 * that answers for another cluster is somebody else's broker, and an error. Rejects after the deadline (milliseconds).
 */
export async function waitForBroker(expected: Expected): Promise<void> {
  let last = 'nothing listens yet';
  while (performance.now() < expected.deadline) {
    await expected.assertAlive();
    if (await listens(expected.port)) {
      const answer = await describe(expected.port);
      if (typeof answer === 'string') {
        last = answer;
      } else if (answer.clusterId !== expected.clusterId) {
        throw new Error(`port ${expected.port} answers for cluster ${answer.clusterId}, not for ${expected.clusterId}`);
      } else if (answer.brokers >= expected.brokers) {
        return;
      } else {
        last = `${answer.brokers} of ${expected.brokers} brokers have registered`;
      }
    }
    await pause(POLL_MS);
  }
  throw new Error(`no answer on port ${expected.port} in time: ${last}`);
}

/**
 * Starts every broker of a cluster at once. Resolves when each knows of all the others, so that a first topic can have all
 * its replicas; a cluster of which one fails to start is removed. `limitMs` (milliseconds) is for the getting to know.
 */
export async function startAll(cluster: KafkaCluster, limitMs: number): Promise<void> {
  const { clusterId, nodes } = cluster;
  try {
    await Promise.all(nodes.map((node) => node.start()));
    if (nodes.length === 1) return;
    const all = { clusterId, brokers: nodes.length, deadline: performance.now() + limitMs, assertAlive: () => {} };
    await Promise.all(nodes.map(({ directPort }) => waitForBroker({ ...all, port: directPort })));
  } catch (error) {
    await cluster.dispose().catch(() => {}); // the reason of the failure matters more; the run removes the rest
    throw error;
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

async function describe(port: number): Promise<{ clusterId: string; brokers: number } | string> {
  const admin = new Kafka({
    brokers: [`127.0.0.1:${port}`],
    clientId: 'workbook-readiness',
    logLevel: logLevel.NOTHING,
    connectionTimeout: 1000,
    requestTimeout: 2000,
    retry: { retries: 0 },
  }).admin();
  try {
    await admin.connect();
    const { clusterId, brokers } = await admin.describeCluster();
    return { clusterId, brokers: brokers.length };
  } catch (error) {
    return (error as Error).message;
  } finally {
    await admin.disconnect();
  }
}
