// Values in the wire format of Confluent's serialisers: a zero byte, the id of a schema in four bytes, and what it describes.
import { SchemaRegistry } from '@kafkajs/confluent-schema-registry';

/** A value that names a schema: decoded by it, or why it could not be. */
export type Decoded = { schema: number; json: unknown; trouble?: undefined } | { schema: number; trouble: string };

/** Returns undefined for a value that names no schema. Never rejects. */
export type Decode = (value: Buffer | null) => Promise<Decoded | undefined>;

const HEADER_BYTES = 5;
/** What the page would cut anyway is not decoded. */
const DECODED_BYTES = 64_000;
/** Records wait for it, all of those behind the first as well. */
const LIMIT_MS = 2_000;
/** A registry that has just not answered is not asked for every record of a page. */
const TROUBLE_LASTS_MS = 3_000;

/** Decodes by the registry of `SCHEMA_REGISTRY_URL`; without one it says that there is none. */
export function decoderFor({ SCHEMA_REGISTRY_URL: url }: NodeJS.ProcessEnv): Decode {
  const isAddress = /^https?:/.test(url ?? '') && URL.canParse(url ?? '');
  const registry = url && isAddress ? new SchemaRegistry({ host: url, retry: { retries: 0 } }) : undefined;
  const why = url
    ? `SCHEMA_REGISTRY_URL must be an address like http://127.0.0.1:8081, and is "${url}"`
    : 'it may be in the wire format of a schema registry; SCHEMA_REGISTRY_URL names none';
  const troubles = new Map<number, { trouble: string; until: number }>();
  return async (value) => {
    const schema = schemaOf(value);
    if (value === null || schema === undefined) return undefined;
    if (!registry) return { schema, trouble: why };
    if (value.length > DECODED_BYTES) return { schema, trouble: 'too large to be decoded here' };
    const known = troubles.get(schema);
    if (known && performance.now() < known.until) return { schema, trouble: known.trouble };
    try {
      await within(LIMIT_MS, registry.getSchema(schema));
    } catch (error) {
      const trouble = `not decoded: ${(error as Error).message || `${url} does not answer`}`;
      troubles.set(schema, { trouble, until: performance.now() + TROUBLE_LASTS_MS });
      return { schema, trouble };
    }
    try {
      return { schema, json: await registry.decode(value) };
    } catch (error) {
      return { schema, trouble: `not decoded: ${(error as Error).message}` };
    }
  };
}

/** Ids begin at 1: five zero bytes are something else. */
function schemaOf(value: Buffer | null): number | undefined {
  if (!value || value.length < HEADER_BYTES || value[0] !== 0) return undefined;
  return value.readInt32BE(1) > 0 ? value.readInt32BE(1) : undefined;
}

async function within<T>(limitMs: number, promise: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer within ${limitMs / 1000} s`)), limitMs);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
