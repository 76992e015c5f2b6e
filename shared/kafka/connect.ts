import { Kafka, type KafkaConfig, logLevel } from 'kafkajs';
import { clientConfig } from '#infra/kafka/client-config.ts';
import type { Log } from '../log.ts';

/**
 * A kafkajs client for the cluster that the environment names (KAFKA_BROKERS, and KAFKA_SSL*, KAFKA_SASL_* where it is
 * secured). Nothing is connected yet. A missing or malformed variable ends the process: a line on stderr, exit code 1.
 */
export function kafkaFromEnvironment(clientId: string, log: Log, options: Partial<KafkaConfig> = {}): Kafka {
  return new Kafka({
    clientId,
    ...connectionOrExit(),
    logLevel: logLevel.WARN,
    // kafkajs's warnings become lines of the service's own log.
    logCreator:
      () =>
      ({ level, log: entry }) => {
        const write = level <= logLevel.ERROR ? log.error : log.warn;
        // kafkajs gives a text or an Error, of which JSON would leave nothing.
        const { error } = entry as { error?: unknown };
        write(`kafkajs: ${entry.message}`, error ? { error: error instanceof Error ? error.message : error } : {});
      },
    ...options,
  });
}

function connectionOrExit() {
  try {
    return clientConfig(process.env);
  } catch (error) {
    console.error((error as Error).message);
    return process.exit(1);
  }
}
