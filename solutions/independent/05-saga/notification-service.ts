// A document for each mail, by the event that it tells of, and one for each customer, by order.
import {
  connect,
  consume,
  Documents,
  envelope,
  fail,
  type Json,
  Never,
  number,
  pulse,
  record,
  Sender,
  say,
  serve,
  text,
} from './kit.ts';

const ME = 'notification-service';
number('PORT', undefined, 65_535);
const gateway = text('EMAIL_GATEWAY_URL');
if (!/^https?:\/\/\S+$/.test(gateway)) fail('EMAIL_GATEWAY_URL should be an http address');
const patience = number('GATEWAY_TIMEOUT_MS', 5_000);
const kafka = connect(ME);
const desk = new Documents();
const sender = new Sender(kafka);
const alive = pulse(kafka);

const KINDS: Record<string, string> = {
  OrderCreated: 'ORDER_RECEIVED',
  InventoryReserved: 'ORDER_CONFIRMED',
  OrderCancelled: 'ORDER_CANCELLED',
};

async function mail(event: Json, kind: string, gone: () => boolean): Promise<void> {
  const { order_id } = event.payload;
  const customer_id = desk.get(`customer ${order_id}`) ?? null;
  for (let wait = 150; ; wait = Math.min(wait * 1.7, 2_500)) {
    if (gone()) throw new Error('given up for now');
    const status = await fetch(new URL('/emails', gateway), {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': event.event_id },
      body: JSON.stringify({ order_id, customer_id, kind }),
      signal: AbortSignal.timeout(patience),
    }).then(
      (response) => response.status,
      () => 0,
    );
    if (status >= 200 && status < 300) return;
    if (status >= 400 && status < 500 && status !== 408 && status !== 429) throw new Never(`gateway: ${status}`);
    for (let waited = 0; waited < wait && !gone(); waited += 50)
      await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const yes = () => true;
const group = consume({
  kafka,
  sender,
  group: `${ME}-group`,
  topics: { 'orders.created': yes, 'inventory.reserved': yes, 'orders.cancelled': yes },
  work: async (event, gone) => {
    const kind = KINDS[event.event_type];
    if (!kind) return;
    const { order_id } = event.payload;
    if (kind === 'ORDER_RECEIVED') desk.put(`customer ${order_id}`, event.payload.customer_id);
    if (!desk.get(`mail ${event.event_id}`)) {
      await mail(event, kind, gone);
      desk.alone(() => {
        if (desk.get(`mail ${event.event_id}`)) return;
        const at = new Date().toISOString();
        desk.put(
          `mail ${event.event_id}`,
          envelope(ME, 'NotificationSent', event, at, { order_id, kind, channel: 'email' }),
        );
        desk.put(`told ${order_id}`, [...(desk.get(`told ${order_id}`) ?? []), { kind, at }]);
      });
    }
    await sender.send({ 'notifications.sent': [record(desk.get(`mail ${event.event_id}`))] });
    say(ME, `told ${kind}`, event);
  },
});

serve(
  { 'GET notifications': ([id = '']) => ({ status: 200, body: desk.get(`told ${id}`) ?? [] }) },
  () => group.in() && alive(),
  group.stop,
);
