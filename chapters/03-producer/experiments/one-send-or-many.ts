// A thousand orders, published in four ways: what kafkajs makes of each on the wire, and how long it takes.
import { randomUUID } from 'node:crypto';
import net from 'node:net';
import { CompressionTypes, type ISocketFactory, type Message, type Producer } from 'kafkajs';
import { newEvent } from '#shared/events/envelope.ts';
import { connectExperiment, withTopic } from '#shared/testing/own-topic.ts';

const ORDERS = 1000;
const PARTITIONS = 3;

type Way = (producer: Producer, topic: string, messages: Message[]) => Promise<unknown>;

const WAYS: Record<string, Way> = {
  '1000 sends, one after another': async (producer, topic, messages) => {
    for (const message of messages) await producer.send({ topic, messages: [message] });
  },
  '1000 sends at once': (producer, topic, messages) =>
    Promise.all(messages.map((message) => producer.send({ topic, messages: [message] }))),
  'one send': (producer, topic, messages) => producer.send({ topic, messages }),
  'one send with gzip': (producer, topic, messages) =>
    producer.send({ topic, messages, compression: CompressionTypes.GZIP }),
};

const sockets: net.Socket[] = [];
/** Keeps the sockets, which count what they send: the `size` of a REQUEST event is that of the answer. */
const socketFactory: ISocketFactory = ({ host, port, onConnect }) => {
  const socket = net.connect({ host, port }, onConnect);
  sockets.push(socket);
  return socket;
};

const bytesSent = () => sockets.reduce((sum, { bytesWritten }) => sum + bytesWritten, 0);

function orderMessage(_: unknown, number: number): Message {
  const order_id = randomUUID();
  const items = [{ sku: 'SKU-LAMP', quantity: 1 + (number % 5), unit_price: 1999 }];
  const payload = { order_id, customer_id: `customer-${number}`, items, total: 1999 * (1 + (number % 5)) };
  const correlationId = randomUUID();
  const event = newEvent({ type: 'OrderCreated', source: 'experiment', correlationId, causationId: null, payload });
  return { key: order_id, value: JSON.stringify(event) };
}

async function measure(producer: Producer, topic: string, way: Way) {
  const messages = Array.from({ length: ORDERS }, orderMessage);
  let requests = 0;
  const stopCounting = producer.on(producer.events.REQUEST, ({ payload }) => {
    if (payload.apiName === 'Produce') requests++;
  });
  const [bytesBefore, start] = [bytesSent(), performance.now()];
  await way(producer, topic, messages);
  const ms = Math.round(performance.now() - start);
  stopCounting();
  return { ms, 'produce requests': requests, 'kB sent': Math.round((bytesSent() - bytesBefore) / 1000) };
}

await withTopic(PARTITIONS, async (topic) => {
  const producer = connectExperiment({ socketFactory }).producer({ idempotent: true });
  await producer.connect();
  // Unmeasured first: the first requests of a process run code that is not compiled yet.
  for (let round = 0; round < 100; round++) await producer.send({ topic, messages: [orderMessage(undefined, round)] });
  const results: Record<string, unknown> = {};
  for (const [name, way] of Object.entries(WAYS)) results[name] = await measure(producer, topic, way);
  console.table(results);
  await producer.disconnect();
});
