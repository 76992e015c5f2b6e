import { expect, test } from 'vitest';
import { decodeFetchWait, decodeHeader, decodeSaslMechanism, decodeSessionTimeout } from './decode.ts';

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

const NO_TAGS = [0];
const HALF_A_SECOND = [0, 0, 1, 0xf4];
const SIX_SECONDS = [0, 0, 0x17, 0x70];

test.each([
  [4, [0xff, 0xff, 0xff, 0xff, ...HALF_A_SECOND]],
  [12, [...NO_TAGS, 0xff, 0xff, 0xff, 0xff, ...HALF_A_SECOND]],
  [15, [...NO_TAGS, ...HALF_A_SECOND]],
])('a Fetch request, version %i, tells how long it may wait', (version, body) => {
  const frame = request(1, version, text('inventory-service'), body);
  expect(decodeFetchWait(frame, decodeHeader(frame))).toBe(500);
  expect(decodeSessionTimeout(frame, decodeHeader(frame))).toBeUndefined();
});

test.each([
  [5, [...text('a-group'), ...SIX_SECONDS]],
  [6, [...NO_TAGS, 8, ...Buffer.from('a-group'), ...SIX_SECONDS]],
])('a JoinGroup request, version %i, tells its session timeout', (version, body) => {
  const frame = request(11, version, text('inventory-service'), body);
  expect(decodeSessionTimeout(frame, decodeHeader(frame))).toBe(6_000);
  expect(decodeFetchWait(frame, decodeHeader(frame))).toBeUndefined();
});
