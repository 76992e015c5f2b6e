// What a request says of itself, as far as the grader judges it: its header, of Produce the acks and each batch's header, of
// Fetch and JoinGroup the times that a consumer asks for, and of SaslHandshake the mechanism.
import { ByteReader } from './byte-reader.ts';

export interface Batch {
  /** The topic's name; its id in hexadecimal from Produce version 13 on. */
  topic: string;
  partition: number;
  codec: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd' | 'unknown';
  records: number;
  /** -1 for a producer that is not idempotent. */
  producerId: bigint;
  producerEpoch: number;
  baseSequence: number;
}

export interface Produce {
  acks: number;
  batches: Batch[];
}

export interface RequestHeader {
  apiKey: number;
  api: string;
  apiVersion: number;
  correlationId: number;
  clientId: string | null;
}

/** The requests that a course on producers, consumers and transactions meets, by their keys. */
const APIS: Record<number, string> = {
  0: 'Produce',
  1: 'Fetch',
  2: 'ListOffsets',
  3: 'Metadata',
  8: 'OffsetCommit',
  9: 'OffsetFetch',
  10: 'FindCoordinator',
  11: 'JoinGroup',
  12: 'Heartbeat',
  13: 'LeaveGroup',
  14: 'SyncGroup',
  15: 'DescribeGroups',
  16: 'ListGroups',
  17: 'SaslHandshake',
  18: 'ApiVersions',
  19: 'CreateTopics',
  20: 'DeleteTopics',
  22: 'InitProducerId',
  24: 'AddPartitionsToTxn',
  25: 'AddOffsetsToTxn',
  26: 'EndTxn',
  28: 'TxnOffsetCommit',
  32: 'DescribeConfigs',
  36: 'SaslAuthenticate',
  37: 'CreatePartitions',
};

const PRODUCE = 0;
const FETCH = 1;
const JOIN_GROUP = 11;
const SASL_HANDSHAKE = 17;

/** Bytes of a request header up to its client id: api key, version, correlation id. */
const CLIENT_ID_AT = 8;
/** From these versions on a Produce request is flexible, and names its topics by id. */
const FLEXIBLE_PRODUCE = 9;
const TOPIC_IDS_PRODUCE = 13;
/** Flexible from these versions on; from the other one on a Fetch request names its replica in a tagged field. */
const FLEXIBLE_FETCH = 12;
const TAGGED_REPLICA_FETCH = 15;
const FLEXIBLE_JOIN_GROUP = 6;

export function decodeHeader(frame: Buffer): RequestHeader {
  const apiKey = frame.readInt16BE(0);
  return {
    apiKey,
    api: APIS[apiKey] ?? `api ${apiKey}`,
    apiVersion: frame.readInt16BE(2),
    correlationId: frame.readInt32BE(4),
    // The client id keeps its old form even in flexible headers, so that brokers can read it before they know the version.
    clientId: new ByteReader(frame, false, CLIENT_ID_AT).string(),
  };
}

/** Decodes a Produce request of version 3 or later; undefined for any other request. */
export function decodeProduce(frame: Buffer, { apiKey, apiVersion, clientId }: RequestHeader): Produce | undefined {
  if (apiKey !== PRODUCE || apiVersion < 3) return undefined;
  const reader = new ByteReader(frame, apiVersion >= FLEXIBLE_PRODUCE, endOfClientId(clientId));
  reader.endOfStructure(); // of the header
  reader.string(); // transactional id
  const acks = reader.int16();
  reader.int32(); // timeout
  const topics = reader.array(() => {
    const topic = apiVersion >= TOPIC_IDS_PRODUCE ? reader.uuid() : (reader.string() ?? '');
    const batches = reader.array(() => {
      const partition = reader.int32();
      const records = reader.bytes();
      reader.endOfStructure();
      return records === null ? [] : [decodeBatch(topic, partition, records)];
    });
    reader.endOfStructure();
    return batches.flat();
  });
  return { acks, batches: topics.flat() };
}

/** The mechanism that a SaslHandshake request asks for; undefined for any other request. No version of it is flexible. */
export function decodeSaslMechanism(frame: Buffer, { apiKey, clientId }: RequestHeader): string | undefined {
  if (apiKey !== SASL_HANDSHAKE) return undefined;
  return new ByteReader(frame, false, endOfClientId(clientId)).string() ?? undefined;
}

/** How long a Fetch request lets the broker wait for records, in milliseconds; undefined for any other request. */
export function decodeFetchWait(frame: Buffer, { apiKey, apiVersion, clientId }: RequestHeader): number | undefined {
  if (apiKey !== FETCH) return undefined;
  const reader = new ByteReader(frame, apiVersion >= FLEXIBLE_FETCH, endOfClientId(clientId));
  reader.endOfStructure(); // of the header
  if (apiVersion < TAGGED_REPLICA_FETCH) reader.int32(); // replica id
  return reader.int32();
}

/** The session timeout that a JoinGroup request asks for, in milliseconds; undefined for any other request. */
export function decodeSessionTimeout(
  frame: Buffer,
  { apiKey, apiVersion, clientId }: RequestHeader,
): number | undefined {
  if (apiKey !== JOIN_GROUP) return undefined;
  const reader = new ByteReader(frame, apiVersion >= FLEXIBLE_JOIN_GROUP, endOfClientId(clientId));
  reader.endOfStructure(); // of the header
  reader.string(); // group id
  return reader.int32();
}

function endOfClientId(clientId: string | null): number {
  return CLIENT_ID_AT + 2 + Buffer.byteLength(clientId ?? '');
}

const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;

/** The header of a record batch, format version 2: fixed fields at fixed places (kafka.apache.org, "Record Batch"). */
function decodeBatch(topic: string, partition: number, bytes: Buffer): Batch {
  return {
    topic,
    partition,
    codec: CODECS[bytes.readInt16BE(21) & 0b111] ?? 'unknown',
    producerId: bytes.readBigInt64BE(43),
    producerEpoch: bytes.readInt16BE(51),
    baseSequence: bytes.readInt32BE(53),
    records: bytes.readInt32BE(57),
  };
}
