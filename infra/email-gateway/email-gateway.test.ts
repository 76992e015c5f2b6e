// The e-mail gateway as a program meets it, well and unwell.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { waitUntil } from '../machine/wait-until.ts';
import { EmailGateway } from './email-gateway.ts';

let gateway: EmailGateway;

beforeAll(async () => {
  gateway = await EmailGateway.start();
});
afterEach(() => gateway.clear());
afterAll(() => gateway.close());

function post(order_id: string, key: string): Promise<number> {
  const body = JSON.stringify({ order_id, customer_id: 'c', kind: 'ORDER_RECEIVED' });
  return fetch(`${gateway.url}/emails`, { method: 'POST', body, headers: { 'Idempotency-Key': key } }).then(
    ({ status }) => status,
  );
}

const about = (order: string) => (mail: { order_id: unknown }) => mail.order_id === order;

test('a mail is accepted, and stands in the inbox once however often it comes', async () => {
  expect([await post('o-1', 'k-1'), await post('o-1', 'k-1')]).toEqual([202, 202]);
  expect(gateway.requests.filter(about('o-1'))).toHaveLength(2);
  expect(gateway.inbox.filter(about('o-1'))).toMatchObject([{ key: 'k-1', customer_id: 'c', kind: 'ORDER_RECEIVED' }]);
  expect(await (await fetch(gateway.url)).json()).toContainEqual(expect.objectContaining({ order_id: 'o-1' }));
});

test('it fails as often as it is told to, for whom it is told to', async () => {
  const failing = gateway.fail(about('o-2'), 503, 2);
  expect([await post('o-2', 'k'), await post('o-3', 'k'), await post('o-2', 'k'), await post('o-2', 'k')]).toEqual([
    503, 202, 503, 202,
  ]);
  expect(failing.met).toHaveLength(2);
});

test('what it holds is answered at the end', async () => {
  const hold = gateway.hold(about('o-4'));
  const answer = post('o-4', 'k');
  await waitUntil(() => hold.met.length === 1, 5_000, 'the mail to arrive');
  expect(hold.met[0]?.answeredAt).toBeUndefined();
  hold.end();
  expect(await answer).toBe(202);
});

test('it can cut a connection, refuse all, and be back on its port', async () => {
  gateway.cut(about('o-5'), 1);
  await expect(post('o-5', 'k')).rejects.toThrow();
  await gateway.down();
  await expect(post('o-5', 'k')).rejects.toThrow();
  await gateway.up();
  expect(await post('o-5', 'k')).toBe(202);
});

test('what is no mail is 400', async () => {
  const answer = await fetch(`${gateway.url}/mails`, { method: 'POST', body: '{' });
  expect(answer.status).toBe(400);
  expect(gateway.requests.at(-1)?.wrong).toContain('POST /mails');
});

test('a mail without an end is given up, and the next one is accepted', async () => {
  const body = new ReadableStream({ pull: (stream) => stream.enqueue(Buffer.alloc(65_536, 'x')) });
  const answer = fetch(`${gateway.url}/emails`, { method: 'POST', body, duplex: 'half' });
  expect(await answer.then(({ status }) => status).catch(() => 'cut')).toBeOneOf([400, 'cut']);
  expect(gateway.requests.at(-1)?.wrong).toContain('more than 1000000 bytes');
  expect(await post('o-6', 'k')).toBe(202);
});
