import { expect, test } from 'vitest';
import { kafkaContract } from './contract.ts';
import { startEmbedded } from './embedded.ts';
import { attachExternal, connectExternal } from './external.ts';
import type { KafkaCluster, KafkaOptions } from './kafka.ts';
import { makeCertificate, PASSWORD, securedListener, USERNAME } from './secured-broker.ts';

kafkaContract({
  name: 'somebody else’s Kafka, over TLS with a password',
  start: startSecured,
  attach: attachExternal,
  leftovers: () => [],
  gaps: [
    {
      reason: 'we never touch the brokers of somebody else',
      cases: [
        'a broker that was stopped starts again with its data',
        'a broker that was killed starts again with its data',
        'a paused broker holds requests and answers them when resumed',
        'programs are sent to the advertised port',
        'three brokers survive the loss of a leader',
        'disposing leaves nothing behind',
      ],
    },
  ],
});

test('a cluster that does not answer is reported with its address', async () => {
  await expect(connectExternal({ KAFKA_BROKERS: '127.0.0.1:1' })).rejects.toThrow(
    /127\.0\.0\.1:1.* could not be reached/,
  );
});

test('a malformed variable is reported by its name', async () => {
  await expect(connectExternal({ KAFKA_BROKERS: 'nonsense' })).rejects.toThrow(/^KAFKA_BROKERS /);
});

async function startSecured(options: KafkaOptions): Promise<KafkaCluster> {
  const { keystore, pem } = makeCertificate(options.run.makeFolder('certificate'));
  const { clientBrokers } = await startEmbedded({ ...options, properties: securedListener(keystore) });
  return connectExternal({
    KAFKA_BROKERS: clientBrokers.join(','),
    KAFKA_SSL: 'true',
    KAFKA_SSL_CA: pem,
    KAFKA_SASL_MECHANISM: 'PLAIN',
    KAFKA_SASL_USERNAME: USERNAME,
    KAFKA_SASL_PASSWORD: PASSWORD,
  });
}
