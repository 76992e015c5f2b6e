// Loses acknowledgements on purpose, and shows what is in the log afterwards. A tap between kafkajs and the broker (a TCP
// proxy that reads Kafka's requests) swallows the answer that says "stored", and cuts the connection.
import net from 'node:net';
import type { ISocketFactory, Producer } from 'kafkajs';
import { connectExperiment, withTopic } from '#shared/testing/own-topic.ts';
import { isProduce } from '#shared/testing/tap/faults.ts';
import { Tap } from '#shared/testing/tap/tap.ts';
import { TopicLog } from '#shared/testing/topic-log.ts';

const TAP_PORT = 19_092;
const BROKER = String(process.env.KAFKA_BROKERS);

const tap = await Tap.open([{ listen: TAP_PORT, forward: Number(BROKER.split(':')[1]) }]);
/** Leads every connection through the tap, whatever the broker advertises; it must be one broker on this machine. */
const socketFactory: ISocketFactory = ({ onConnect }) => net.connect(TAP_PORT, '127.0.0.1', onConnect);

async function connectProducer(idempotent: boolean): Promise<Producer> {
  const retry = { initialRetryTime: 100, retries: 3 };
  const producer = connectExperiment({ socketFactory }).producer({ idempotent, retry });
  await producer.connect();
  return producer;
}

const loseOne = () => tap.faults.loseAnswers(isProduce);
/** Loses one acknowledgement, and lets none of the retries that follow reach the broker. */
const loseOneAndRefuseRetries = () => {
  const lost = loseOne();
  tap.faults.refuse((request) => isProduce(request) && lost.met.length > 0);
};

type Send = (producer: Producer, value: string) => Promise<void>;

/** Plays one scene on a topic of one partition, and prints each send's end, the produce requests, and the log. */
async function scene(title: string, play: (send: Send) => Promise<void>): Promise<void> {
  await withTopic(1, async (topic) => {
    console.log(`\n${title}`);
    const before = tap.requests.length;
    await play((producer, value) =>
      producer.send({ topic, messages: [{ value }] }).then(
        ([answer]) => console.log(`  send(${value}) acknowledged at offset ${answer?.baseOffset}`),
        (error: Error) => console.log(`  send(${value}) failed: ${error.message}`),
      ),
    );
    tap.faults.clear();
    const batches = tap.requests.slice(before).flatMap(({ produce }) => produce?.batches ?? []);
    const numbers = batches.map(({ producerId, baseSequence }) => `${producerId}/${baseSequence}`);
    console.log(`  produce requests, as producer id/sequence number: ${numbers.join('  ')}`);
    const log = await TopicLog.open({ brokers: [BROKER] }, [topic]);
    console.log(`  the log: ${(await log.catchUp()).map(({ value }) => value).join(' ')}`);
    await log.close();
  });
}

await scene('1. A retry without idempotence: the acknowledgement of A is lost', async (send) => {
  const producer = await connectProducer(false);
  loseOne();
  await send(producer, 'A');
  await producer.disconnect();
});

await scene('2. The same with an idempotent producer', async (send) => {
  const producer = await connectProducer(true);
  loseOne();
  await send(producer, 'A');
  await producer.disconnect();
});

await scene('3. The acknowledgement of B is lost, its retries fail, and the same producer goes on', async (send) => {
  const producer = await connectProducer(true);
  await send(producer, 'A');
  loseOneAndRefuseRetries();
  await send(producer, 'B');
  tap.faults.clear();
  await send(producer, 'C');
  await send(producer, 'D');
  await producer.disconnect();
});

await scene('4. The same, and a new producer goes on', async (send) => {
  const first = await connectProducer(true);
  await send(first, 'A');
  loseOneAndRefuseRetries();
  await send(first, 'B');
  tap.faults.clear();
  await first.disconnect();
  const second = await connectProducer(true);
  await send(second, 'C');
  await send(second, 'D');
  await second.disconnect();
});

await scene('5. B and C are under way at once, and an acknowledgement is lost', async (send) => {
  const producer = await connectProducer(true);
  await send(producer, 'A');
  loseOne();
  await Promise.all([send(producer, 'B'), send(producer, 'C')]);
  await producer.disconnect();
});

await tap.close();
