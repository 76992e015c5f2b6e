// What the live page makes of values that name a schema, with a real registry.
import { SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry';
import type { KafkaMessage } from 'kafkajs';
import { expect, onTestFinished, test } from 'vitest';
import { Run } from '#infra/machine/run.ts';
import { startRegistry } from '#infra/registry/registry.ts';
import { recordLine } from './record-lines.ts';
import { type Decode, decoderFor } from './schema-decoder.ts';

const EVENT = {
  type: 'record',
  name: 'OrderCreated',
  fields: [
    { name: 'event_type', type: 'string' },
    { name: 'correlation_id', type: 'string' },
    { name: 'total', type: ['null', 'long'] },
    { name: 'signature', type: 'bytes' },
  ],
};

async function lineOf(value: Buffer, decode: Decode) {
  const message = { key: null, value, offset: '7', timestamp: '0', attributes: 0, headers: {} };
  return recordLine('orders.created', 0, message as KafkaMessage, decode);
}

test('a value in the registry’s wire format is decoded; without its schema or a registry it is shown as it is', async () => {
  const run = Run.begin();
  onTestFinished(() => run.dispose());
  const { url, stop } = await startRegistry(run);
  const registry = new SchemaRegistry({ host: url });
  const { id } = await registry.register(
    { type: SchemaType.AVRO, schema: JSON.stringify(EVENT) },
    { subject: 'orders.created-value' },
  );
  const event = { event_type: 'OrderCreated', correlation_id: 'c-1', total: 250, signature: Buffer.from([0, 255]) };
  const value = await registry.encode(id, event);
  const decode = decoderFor({ SCHEMA_REGISTRY_URL: url });

  const line = await lineOf(value, decode);
  expect(line.value).toMatchObject({ kind: 'decoded', schema: id, bytes: value.length });
  expect(JSON.parse(line.value.text)).toEqual({ ...event, signature: '00 ff' });
  expect(line.event).toMatchObject({ type: 'OrderCreated', correlation: 'c-1' });

  const stranger = Buffer.concat([Buffer.from([0, 0, 0, 0x27, 0x0f]), Buffer.from([0xff])]);
  expect((await lineOf(stranger, decode)).value).toMatchObject({
    kind: 'binary',
    text: '00 00 00 27 0f ff',
    schema: 9999,
    trouble: expect.stringContaining('not decoded'),
  });
  const torn = value.subarray(0, value.length - 3);
  expect((await lineOf(torn, decode)).value).toMatchObject({
    schema: id,
    trouble: expect.stringContaining('decoded'),
  });
  expect((await lineOf(Buffer.from('{"a":1}'), decode)).value).toMatchObject({ kind: 'json' });
  expect((await lineOf(Buffer.alloc(8), decode)).value.schema).toBeUndefined();

  await stop();
  expect((await lineOf(value, decode)).value.kind).toBe('decoded'); // a schema never changes, so it is asked for once
  const begin = performance.now();
  const lost = decoderFor({ SCHEMA_REGISTRY_URL: url });
  for (let round = 0; round < 100; round++) {
    expect((await lineOf(value, lost)).value).toMatchObject({
      schema: id,
      trouble: expect.stringMatching(/not decoded: ./),
    });
  }
  expect(performance.now() - begin).toBeLessThan(2_500); // one of them waits, and the others know
  const { value: untold } = await lineOf(value, decoderFor({}));
  expect(untold.trouble).toContain('SCHEMA_REGISTRY_URL names none');
  const { value: misled } = await lineOf(value, decoderFor({ SCHEMA_REGISTRY_URL: 'registry:8081' }));
  expect(misled.trouble).toContain('and is "registry:8081"');
});
