// How far partitions reach, with and without what lies in transactions that are still open. kafkajs's admin asks for the last
// stable offset alone, and takes three requests for each topic: a grader that polls a dozen of them keeps the broker from its work.
import net from 'node:net';
import { ByteReader } from './tap/byte-reader.ts';
import { framesOf, toWire } from './tap/frames.ts';

const LIST_OFFSETS = 2;
/** The last version before the flexible ones that says nothing of leader epochs. */
const VERSION = 2;
const ISOLATION = { readUncommitted: 0, readCommitted: 1 };
const LATEST = -1n;
/** Answers are told apart by their order. */
const CORRELATION_ID = 0;
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

/** How far a partition reaches. */
export interface PartitionEnd {
  topic: string;
  partition: number;
  /** The first offset that a consumer of committed records does not get yet: the last stable offset. */
  stable: bigint;
  /** The offset after the last record, committed or not: the high watermark. */
  high: bigint;
}

/**
 * The ends of partitions, which `broker` (`host:port` of a plaintext listener) must lead, all of them. Rejects when it does not
 * answer within 2 s, or with an error.
 */
export async function endOffsets(
  broker: string,
  partitions: { topic: string; partition: number }[],
): Promise<PartitionEnd[]> {
  const { readCommitted, readUncommitted } = ISOLATION;
  const requests = [readCommitted, readUncommitted].map((isolation) => listOffsets(partitions, isolation));
  const [stable = [], high = []] = (await answersTo(requests, broker)).map(offsetsIn);
  const highs = new Map(high.map(({ topic, partition, offset }) => [`${topic}/${partition}`, offset]));
  return stable.map(({ topic, partition, offset }) => {
    return { topic, partition, stable: offset, high: highs.get(`${topic}/${partition}`) ?? offset };
  });
}

function listOffsets(partitions: { topic: string; partition: number }[], isolation: number): Buffer {
  const byTopic = [...Map.groupBy(partitions, ({ topic }) => topic)];
  return Buffer.concat([
    int16(LIST_OFFSETS),
    int16(VERSION),
    int32(CORRELATION_ID),
    text('workbook-log'),
    int32(-1),
    int8(isolation),
    list(byTopic, ([topic, those]) =>
      Buffer.concat([text(topic), list(those, ({ partition }) => Buffer.concat([int32(partition), int64(LATEST)]))]),
    ),
  ]);
}

function offsetsIn(answer: Buffer): { topic: string; partition: number; offset: bigint }[] {
  const reader = new ByteReader(answer, false);
  // The correlation id, and how long the broker has throttled us.
  reader.int32();
  reader.int32();
  const topics = reader.array(() => {
    const topic = reader.string() ?? '';
    return reader.array(() => {
      const [partition, error] = [reader.int32(), reader.int16()];
      reader.int64();
      const offset = reader.int64();
      if (error !== 0) throw new Error(`ListOffsets of ${topic}[${partition}] was answered with error ${error}`);
      return { topic, partition, offset };
    });
  });
  return topics.flat();
}

async function answersTo(requests: Buffer[], broker: string): Promise<Buffer[]> {
  const [host, port] = broker.split(':');
  const socket = net.connect({ host, port: Number(port), timeout: LIMIT_MS });
  socket.once('timeout', () => socket.destroy(new Error(`${broker} does not answer`)));
  try {
    socket.write(Buffer.concat(requests.map(toWire)));
    const answers: Buffer[] = [];
    for await (const frame of framesOf(socket)) {
      if (answers.push(frame) === requests.length) return answers;
    }
    throw new Error(`${broker} has closed the connection`);
  } finally {
    socket.destroy();
  }
}
