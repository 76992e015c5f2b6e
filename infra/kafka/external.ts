import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import { GuidedError } from '../machine/guided-error.ts';
import { CLIENT_VARIABLES, type ClientConfig, ClientConfigError, clientConfig } from './client-config.ts';
import type { KafkaCluster, KafkaHandle } from './kafka.ts';

const CONNECT_LIMIT_MS = 10_000;

/**
 * A cluster that somebody else runs, described by KAFKA_* variables; nothing of it is ever started, stopped or removed.
 * Throws a GuidedError when a variable is wrong or the cluster does not answer within 10 s.
 */
export async function connectExternal(env: Record<string, string | undefined>): Promise<KafkaCluster> {
  const config = checkedConfig(env);
  const clusterId = await askForClusterId(config);
  return attachExternal({
    way: 'external',
    version: 'unknown',
    clusterId,
    runId: '',
    directBrokers: config.brokers,
    clientBrokers: config.brokers,
    environment: programEnvironment(env),
    nodes: [],
  });
}

/** The same cluster, in another process. */
export function attachExternal(handle: KafkaHandle): KafkaCluster {
  return { ...handle, way: 'external', nodes: [], handle, dispose: async () => {} };
}

function checkedConfig(env: Record<string, string | undefined>): ClientConfig {
  try {
    return clientConfig(env);
  } catch (error) {
    if (!(error instanceof ClientConfigError)) throw error;
    throw new GuidedError(error.message, 'correct it, or unset KAFKA_BROKERS to use a Kafka that the workbook starts.');
  }
}

/** The variables as a program needs them, which may run in another folder than we do. */
function programEnvironment(env: Record<string, string | undefined>): Record<string, string> {
  const files = ['KAFKA_SSL_CA', 'KAFKA_SSL_CERT', 'KAFKA_SSL_KEY'];
  const given = CLIENT_VARIABLES.map((name) => [name, env[name]?.trim() ?? ''] as const).filter(([, value]) => value);
  return Object.fromEntries(given.map(([name, value]) => [name, files.includes(name) ? path.resolve(value) : value]));
}

async function askForClusterId(config: ClientConfig): Promise<string> {
  const admin = new Kafka({
    ...config,
    clientId: 'workbook-connect',
    logLevel: logLevel.NOTHING,
    connectionTimeout: 3000,
    retry: { retries: 2, initialRetryTime: 200 },
  }).admin();
  try {
    const answer = admin.connect().then(() => admin.describeCluster());
    return (await Promise.race([answer, giveUp()])).clusterId;
  } catch (error) {
    throw new GuidedError(
      `The cluster of KAFKA_BROKERS (${config.brokers.join(',')}) could not be reached: ${(error as Error).message}.`,
      'check the address and the KAFKA_SSL and KAFKA_SASL variables, or unset KAFKA_BROKERS for a Kafka of the workbook’s own.',
      { cause: error },
    );
  } finally {
    admin.disconnect().catch(() => {}); // not awaited: a connection that hangs would hang here again
  }
}

async function giveUp(): Promise<never> {
  await pause(CONNECT_LIMIT_MS, undefined, { ref: false });
  throw new Error(`no answer within ${CONNECT_LIMIT_MS / 1000} s`);
}
