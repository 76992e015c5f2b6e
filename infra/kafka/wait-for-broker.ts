import net from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';

const POLL_MS = 20;

export interface Expected {
  port: number;
  clusterId: string;
  /** How many brokers must be registered. */
  brokers: number;
  /** Throws when the process or container that should answer is gone. */
  assertAlive: () => void;
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
    expected.assertAlive();
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
