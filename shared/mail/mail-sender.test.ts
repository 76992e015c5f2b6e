import { expect, onTestFinished, test } from 'vitest';
import { EmailGateway } from '#infra/email-gateway/email-gateway.ts';
import { MailSender } from './mail-sender.ts';

const QUIET = { info: () => {}, warn: () => {}, error: () => {} };
const MAIL = { order_id: 'order-1', customer_id: 'customer-1', kind: 'ORDER_CONFIRMED' } as const;

async function open(patienceMs = 10_000) {
  const gateway = await EmailGateway.start();
  onTestFinished(() => gateway.close());
  return { gateway, sender: new MailSender(gateway.url, patienceMs, QUIET) };
}

const never = new AbortController().signal;

test('a mail is sent again until it is accepted, with the same key', async () => {
  const { gateway, sender } = await open();
  gateway.fail(() => true, 503, 1);
  gateway.cut(() => true, 1);
  expect(await sender.send(MAIL, 'key-1', never)).toEqual({ accepted: true });
  expect(gateway.requests.map(({ key, status }) => [key, status])).toEqual([
    ['key-1', 503],
    ['key-1', undefined],
    ['key-1', 202],
  ]);
  expect(gateway.inbox[0]).toMatchObject(MAIL);
});

test.each([408, 429, 500])('%i is worth another attempt', async (status) => {
  const { gateway, sender } = await open();
  gateway.fail(() => true, status, 1);
  expect(await sender.send(MAIL, 'key-1', never)).toEqual({ accepted: true });
});

test.each([400, 404, 422])('%i is final', async (status) => {
  const { gateway, sender } = await open();
  gateway.fail(() => true, status);
  expect(await sender.send(MAIL, 'key-1', never)).toMatchObject({ accepted: false });
  expect(gateway.requests).toHaveLength(1);
});

test('a silent gateway is asked again, and waiting ends when the signal aborts', async () => {
  const { gateway, sender } = await open(300);
  gateway.hold(() => true);
  const stop = new AbortController();
  const sending = sender.send(MAIL, 'key-1', stop.signal);
  await expect.poll(() => gateway.requests.length, { timeout: 5_000 }).toBeGreaterThan(1);
  stop.abort(new Error('the service ends'));
  await expect(sending).rejects.toThrow('the service ends');
});
