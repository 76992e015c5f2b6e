// How far partitions reach, with what lies in transactions that are still open: kafkajs's admin asks for the last stable offset
// alone, and so does not see what a transaction has written until its marker is there.
import net from 'node:net';
import { ByteReader } from './tap/byte-reader.ts';
import { framesOf, toWire } from './tap/frames.ts';

const LIST_OFFSETS = 2;
/** The last version before the flexible ones that says nothing of leader epochs. */
const VERSION = 2;
const READ_UNCOMMITTED = 0;
const LATEST = -1n;
/** For a broker of this machine. */
const LIMIT_MS = 2_000;

const int8 = (value: number) => Buffer.from([value]);
const int16 = (value: number) => Buffer.from([(value >> 8) & 0xff, value & 0xff]);
const int32 = (value: number) => Buffer.concat([int16(value >> 16), int16(value)]);
const text = (value: string) => Buffer.concat([int16(Buffer.byteLength(value)), Buffer.from(value)]);
function int64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
}
function list<T>(items: T[], encode: (item: T) => Buffer): Buffer {
  return Buffer.concat([int32(items.length), ...items.map(encode)]);
}

/**
 * The offset after the last record of each partition, by topic and partition. `broker` is `host:port` of a plaintext listener
 * of the leader of all of them. Rejects when it does not answer in time, or not so.
 */
export async function highWatermarks(
  broker: string,
  partitions: { topic: string; partition: number }[],
): Promise<{ topic: string; partition: number; end: bigint }[]> {
  const byTopic = [...Map.groupBy(partitions, ({ topic }) => topic)];
  const request = Buffer.concat([
    int16(LIST_OFFSETS),
    int16(VERSION),
    int32(1),
    text('workbook-log'),
    int32(-1),
    int8(READ_UNCOMMITTED),
    list(byTopic, ([topic, those]) =>
      Buffer.concat([text(topic), list(those, ({ partition }) => Buffer.concat([int32(partition), int64(LATEST)]))]),
    ),
  ]);
  const reader = new ByteReader(await answerTo(request, broker), false);
  // The correlation id, and how long the broker has throttled us.
  reader.int32();
  reader.int32();
  const topics = reader.array(() => {
    const topic = reader.string() ?? '';
    return reader.array(() => {
      const [partition, error] = [reader.int32(), reader.int16()];
      reader.int64();
      const end = reader.int64();
      if (error !== 0) throw new Error(`ListOffsets of ${topic}[${partition}] was answered with error ${error}`);
      return { topic, partition, end };
    });
  });
  return topics.flat();
}

async function answerTo(request: Buffer, broker: string): Promise<Buffer> {
  const [host, port] = broker.split(':');
  const socket = net.connect({ host, port: Number(port), timeout: LIMIT_MS });
  socket.once('timeout', () => socket.destroy(new Error(`${broker} does not answer`)));
  try {
    socket.write(toWire(request));
    for await (const frame of framesOf(socket)) return frame;
    throw new Error(`${broker} has closed the connection`);
  } finally {
    socket.destroy();
  }
}
