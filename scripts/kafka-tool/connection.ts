// Which cluster `npm run kafka` talks to: the one of KAFKA_BROKERS, or else the lab that is up.
import { type Admin, Kafka, logLevel } from 'kafkajs';
import { ClientConfigError, clientConfig } from '#infra/kafka/client-config.ts';
import { GuidedError } from '#infra/machine/guided-error.ts';
import { findRunningLab } from '../live/running-lab.ts';

/** Somebody is waiting at a terminal. */
const RETRY = { retries: 3 };

/** A client for the cluster. Throws a GuidedError when there is none to be found. */
export function findKafka(env: NodeJS.ProcessEnv): Kafka {
  const options = { clientId: 'workbook-console', logLevel: logLevel.NOTHING, retry: RETRY };
  if (env.KAFKA_BROKERS) return new Kafka({ ...options, ...checkedConfig(env) });
  const lab = findRunningLab();
  if (lab) return new Kafka({ ...options, brokers: lab.brokers.split(',') });
  throw new GuidedError(
    'No lab is up, and KAFKA_BROKERS does not name a cluster.',
    'npm run lab 02 in another terminal, or KAFKA_BROKERS=host:port npm run kafka …',
  );
}

function checkedConfig(env: NodeJS.ProcessEnv) {
  try {
    return clientConfig(env);
  } catch (error) {
    if (!(error instanceof ClientConfigError)) throw error;
    throw new GuidedError(error.message, 'correct it, or unset KAFKA_BROKERS to talk to the lab that is up.');
  }
}

/** Connects an admin client for as long as `work` takes. */
export async function withAdmin<T>(kafka: Kafka, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}
