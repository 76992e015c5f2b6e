import { attachEmbedded, startEmbedded } from './embedded.ts';
import type { KafkaCluster, KafkaHandle, KafkaOptions } from './kafka.ts';
export async function startKafka(
  options: KafkaOptions,
  _: { allowExternal: boolean },
): Promise<{ cluster: KafkaCluster; reason: string }> {
  return { cluster: await startEmbedded(options), reason: 'temporary' };
}
export function attachKafka(handle: KafkaHandle): KafkaCluster {
  return attachEmbedded(handle);
}
