// The embedded broker's start against the bare JVM's: the same jars, class archive and storage, without anything of ours.
import fs from 'node:fs';
import path from 'node:path';
import { brokerJvm, heapFor, spawnJava } from '#infra/kafka/broker-jvm.ts';
import { brokerProperties } from '#infra/kafka/broker-properties.ts';
import { startEmbedded } from '#infra/kafka/embedded.ts';
import { copyStorage, newUuid, prepareBroker } from '#infra/kafka/prepared-broker.ts';
import { waitForBroker } from '#infra/kafka/wait-for-broker.ts';
import { reservePorts } from '#infra/machine/ports.ts';
import type { Run } from '#infra/machine/run.ts';
import { type Figure, median, seconds, timed } from './figures.ts';

const RUNS = 5;
const LIMIT_MS = 60_000;

export async function measureBrokerStart(run: Run): Promise<Figure[]> {
  await (await startEmbedded({ run, brokers: 1 })).dispose();
  const ours: number[] = [];
  const bare: number[] = [];
  const three: number[] = [];
  // In turn, so that a drift of the machine's speed meets both alike.
  for (let i = 0; i < RUNS; i++) {
    bare.push(await bareStart(run));
    ours.push(await ourStart(run, 1));
  }
  three.push(await ourStart(run, 3));
  return [
    { what: 'bare JVM with class archive, until Metadata is answered', value: seconds(median(bare)) },
    { what: 'embedded broker, until startEmbedded returns', value: seconds(median(ours)) },
    { what: 'ratio of the two (aim: at most 1.2)', value: (median(ours) / median(bare)).toFixed(2) },
    { what: 'three embedded brokers', value: seconds(median(three)) },
  ];
}

async function ourStart(run: Run, brokers: 1 | 3): Promise<number> {
  let cluster: Awaited<ReturnType<typeof startEmbedded>> | undefined;
  const took = await timed(async () => {
    cluster = await startEmbedded({ run, brokers });
  });
  await cluster?.dispose();
  return took;
}

/** Only what the JVM needs is inside the clock: everything it reads is laid out before. */
async function bareStart(run: Run): Promise<number> {
  const jvm = await brokerJvm();
  const prepared = await prepareBroker(jvm, run, () => {});
  const folder = run.makeFolder('bare');
  const [clientPort = 0, directPort = 0, controllerPort = 0] = await reservePorts(run, 3);
  const ports = { id: 1, clientPort, directPort, controllerPort, advertisedPort: clientPort };
  const clusterId = newUuid();
  copyStorage(prepared.storage, path.join(folder, 'data'), 1, clusterId);
  const config = path.join(folder, 'server.properties');
  fs.writeFileSync(config, brokerProperties(ports, [ports], path.join(folder, 'data')));
  const flags = [heapFor(1), `-XX:SharedArchiveFile=${prepared.classArchive}`];
  let end = () => {};
  const took = await timed(async () => {
    const broker = spawnJava(jvm, flags, ['kafka.Kafka', config], path.join(folder, 'broker.log'));
    run.adopt(broker);
    end = () => broker.kill('SIGKILL');
    const deadline = performance.now() + LIMIT_MS;
    await waitForBroker({ port: directPort, clusterId, brokers: 1, deadline, assertAlive: () => {} });
  });
  end();
  fs.rmSync(folder, { recursive: true, force: true });
  return took;
}
