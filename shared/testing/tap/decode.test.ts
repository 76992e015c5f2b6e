import { expect, test } from 'vitest';
import { decodeHeader, decodeSaslMechanism } from './decode.ts';

const text = (value: string) => [0, value.length, ...Buffer.from(value)];
/** A request with correlation id 7: api key, version, correlation id, client id, body. */
const request = (apiKey: number, version: number, clientId: number[], body: number[]) =>
  Buffer.from([0, apiKey, 0, version, 0, 0, 0, 7, ...clientId, ...body]);

test.each([0, 1])('a SaslHandshake request, version %i, tells its mechanism', (version) => {
  for (const clientId of [text('order-service'), text(''), [0xff, 0xff]]) {
    const frame = request(17, version, clientId, text('SCRAM-SHA-512'));
    expect(decodeSaslMechanism(frame, decodeHeader(frame))).toBe('SCRAM-SHA-512');
  }
});

test('no other request has a mechanism', () => {
  const frame = request(36, 0, text('order-service'), text('PLAIN'));
  expect(decodeSaslMechanism(frame, decodeHeader(frame))).toBeUndefined();
});
