// Which keys lead to another partition when a topic grows. No broker is needed: the partition follows from key and number.
import { Partitioners } from 'kafkajs';

const KEYS = 10_000;
const partitioner = Partitioners.DefaultPartitioner();

function partitionOf(key: string, partitions: number): number {
  const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => ({
    partitionId,
    leader: 1,
    replicas: [],
    isr: [],
    partitionErrorCode: 0,
  }));
  return partitioner({ topic: 'orders.created', partitionMetadata, message: { key, value: '' } });
}

const keys = Array.from({ length: KEYS }, (_, number) => `order-${number}`);
const rows = [4, 5, 6, 9, 12].map((grown) => {
  const moved = keys.filter((key) => partitionOf(key, 3) !== partitionOf(key, grown));
  return [`3 to ${grown}`, { 'keys that move': `${((100 * moved.length) / KEYS).toFixed(1)} %` }];
});
console.table(Object.fromEntries(rows));

for (const key of keys.slice(0, 5)) {
  console.log(
    `${key}: partition ${partitionOf(key, 3)} of 3, ${partitionOf(key, 4)} of 4, ${partitionOf(key, 6)} of 6`,
  );
}
