// The ports that the prose speaks of are taken: the lab takes others and says so.
import { once } from 'node:events';
import net from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { waitUntil } from '#infra/machine/wait-until.ts';
import { cacheWithKafka, ensureKafka, expectNothingLeft } from './testing/scratch-machine.ts';
import { finished, LIMIT_MS, pressCtrlC, startWith } from './testing/verb-process.ts';

/** Listens on a port, unless somebody does so already: taken is taken. */
async function take(port: number): Promise<void> {
  const server = net.createServer();
  onTestFinished(() => void server.close());
  server.listen({ port, host: '127.0.0.1', exclusive: true });
  await Promise.race([once(server, 'listening'), once(server, 'error')]).catch(() => {});
}

test('with 9092 and 8080 taken a lab runs on other ports, and the doctor names the program that has them', async () => {
  await ensureKafka();
  await Promise.all([take(9092), take(8080)]);
  const cache = cacheWithKafka();
  const env = { WORKBOOK_PARTS: 'embedded', KAFKA_BROKERS: undefined, WORKBOOK_CACHE: cache };
  const [lab, doctor] = [startWith({ env }, 'lab', '03'), startWith({ env }, 'doctor')];
  await waitUntil(() => lab.output.includes('Ctrl-C ends everything'), LIMIT_MS, 'the lab to be up');
  expect(lab.output).toMatch(/Kafka .* at 127\.0\.0\.1:[23]\d{4}; port 9092 is in use/);
  expect(lab.output).toMatch(/port 8080 is in use, so order-service listens on \d{5}/);
  pressCtrlC(lab);
  expect((await finished(lab)).code).toBe(130);
  const { output, code } = await finished(doctor);
  for (const port of [9092, 8080]) {
    expect(output).toMatch(new RegExp(`! port ${port} +in use by .*: (kill ${process.pid}|kill \\d+|.*lsof .*)`));
  }
  expect(code).toBe(0);
  await expectNothingLeft(cache);
});
