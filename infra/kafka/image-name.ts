import { KAFKA_VERSION } from './kafka.ts';

/** The repository of the image that we build ourselves. */
export const OWN_IMAGE = 'kafka-workbook/kafka';

/** The image that brokers run in by default; WORKBOOK_KAFKA_IMAGE names another, `own` meaning the one we build. */
export function kafkaImageName(env: Record<string, string | undefined>): string {
  return env.WORKBOOK_KAFKA_IMAGE || `apache/kafka:${KAFKA_VERSION}`;
}
