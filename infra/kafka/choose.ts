import type { KafkaCluster, KafkaHandle, KafkaOptions } from './kafka.ts';
import { startEmbedded, attachEmbedded } from './embedded.ts';
export async function startKafka(options: KafkaOptions, _: { allowExternal: boolean }): Promise<{cluster: KafkaCluster, reason: string}> { return {cluster: await startEmbedded(options), reason: 'temporary'} }
export function attachKafka(handle: KafkaHandle): KafkaCluster { return attachEmbedded(handle) }
