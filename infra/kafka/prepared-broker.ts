import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { cacheFolder } from '../machine/cache.ts';
import { madeOnce } from '../machine/made-once.ts';
import { reservePorts } from '../machine/ports.ts';
import type { Run } from '../machine/run.ts';
import { brokerFailure, readLog } from './broker-failure.ts';
import { type BrokerJvm, heapFor, spawnJava } from './broker-jvm.ts';
import { brokerProperties } from './broker-properties.ts';
import { KAFKA_VERSION } from './kafka.ts';
import { makeTopics } from './make-topics.ts';
import type { NodePorts } from './node-ports.ts';
import { waitForBroker } from './wait-for-broker.ts';

/** What is made once for a Java and a Kafka, and then only copied or mapped. */
export interface PreparedBroker {
  /** A formatted, empty data folder; `copyStorage` gives it an identity. */
  storage: string;
  /** Application class data sharing: the broker's classes, parsed and verified already. */
  classArchive: string;
}

const START_LIMIT_MS = 120_000;

/** Returns the prepared pieces from the cache, making them first where they are missing (about 10 s). */
export async function prepareBroker(jvm: BrokerJvm, run: Run, report: (status: string) => void) {
  const key = createHash('sha256').update(`${jvm.java.fingerprint}\n${jvm.classPath}`).digest('hex').slice(0, 16);
  const folder = cacheFolder('kafka', `${KAFKA_VERSION}-${key}`);
  return piecesIn(
    await madeOnce(run, folder, async (target) => {
      report('preparing the broker (once): format its storage, archive its classes');
      await makePrepared(jvm, run, target);
    }),
  );
}

function piecesIn(folder: string): PreparedBroker {
  return { storage: path.join(folder, 'storage'), classArchive: path.join(folder, 'classes.jsa') };
}

async function makePrepared(jvm: BrokerJvm, run: Run, target: string): Promise<void> {
  const scratch = path.dirname(target);
  fs.mkdirSync(target);
  const pieces = piecesIn(target);
  await formatStorage(jvm, run, scratch, pieces.storage);
  await archiveClasses(jvm, run, scratch, pieces);
}

async function formatStorage(jvm: BrokerJvm, run: Run, scratch: string, storage: string): Promise<void> {
  const ports: NodePorts = { id: 1, clientPort: 1, directPort: 2, controllerPort: 3, advertisedPort: 1 };
  const config = path.join(scratch, 'format.properties');
  fs.writeFileSync(config, brokerProperties(ports, [ports], storage));
  const log = path.join(scratch, 'format.log');
  const format = spawnJava(
    jvm,
    ['-Xmx128m'],
    ['kafka.tools.StorageTool', 'format', '--cluster-id', newUuid(), '--config', config],
    log,
  );
  run.adopt(format);
  const [code] = await once(format, 'exit');
  if (code !== 0) throw brokerFailure('The storage of the broker could not be formatted.', readLog(log));
}

async function archiveClasses(jvm: BrokerJvm, run: Run, scratch: string, pieces: PreparedBroker): Promise<void> {
  const [clientPort = 0, directPort = 0, controllerPort = 0] = await reservePorts(run, 3);
  const ports: NodePorts = { id: 1, clientPort, directPort, controllerPort, advertisedPort: clientPort };
  const data = path.join(scratch, 'data');
  const clusterId = newUuid();
  copyStorage(pieces.storage, data, 1, clusterId);
  const config = path.join(scratch, 'server.properties');
  fs.writeFileSync(config, brokerProperties(ports, [ports], data));
  const log = path.join(scratch, 'broker.log');
  const broker = spawnJava(
    jvm,
    [heapFor(1), `-XX:ArchiveClassesAtExit=${pieces.classArchive}`],
    ['kafka.Kafka', config],
    log,
  );
  run.adopt(broker);
  const exited = once(broker, 'exit');
  await waitForBroker({
    port: directPort,
    clusterId,
    brokers: 1,
    deadline: performance.now() + START_LIMIT_MS,
    assertAlive: () => {
      if (broker.exitCode !== null) throw brokerFailure('The broker ended while it was being prepared.', readLog(log));
    },
  });
  await exercise(directPort);
  broker.kill('SIGTERM');
  await exited;
  if (!fs.existsSync(pieces.classArchive)) throw brokerFailure('Java wrote no class archive.', readLog(log));
}

/** Loads the classes that a lab's first records and first group need, so that the archive holds them too. */
async function exercise(port: number): Promise<void> {
  const kafka = new Kafka({ brokers: [`127.0.0.1:${port}`], clientId: 'workbook-prepare', logLevel: logLevel.NOTHING });
  const [admin, producer] = [kafka.admin(), kafka.producer({ idempotent: true })];
  const consumer = kafka.consumer({ groupId: 'workbook-prepare', maxWaitTimeInMs: 100 });
  await Promise.all([admin.connect(), producer.connect(), consumer.connect()]);
  await makeTopics(admin, [{ topic: 'prepare' }]);
  await producer.send({ topic: 'prepare', acks: -1, messages: [{ value: 'one' }] });
  await consumer.subscribe({ topic: 'prepare', fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    consumer.run({ eachMessage: async () => resolve() }).catch(reject);
  });
  await Promise.all([consumer.disconnect(), producer.disconnect(), admin.disconnect()]);
}

/** Copies formatted storage and gives the copy its own cluster, directory and node ids. */
export function copyStorage(template: string, target: string, nodeId: number, clusterId: string): void {
  fs.cpSync(template, target, { recursive: true });
  const file = path.join(target, 'meta.properties');
  const ids: Record<string, string> = {
    'cluster.id': clusterId,
    'directory.id': newUuid(),
    'node.id': String(nodeId),
  };
  const lines = fs.readFileSync(file, 'utf8').split('\n');
  const patched = lines.map((line) => {
    const [key = ''] = line.split('=');
    return ids[key] ? `${key}=${ids[key]}` : line;
  });
  fs.writeFileSync(file, patched.join('\n'));
}

/** Kafka's form of a UUID: 16 bytes in URL-safe base64 (org.apache.kafka.common.Uuid), never starting with a dash. */
export function newUuid(): string {
  const text = randomBytes(16).toString('base64url');
  return text.startsWith('-') ? newUuid() : text;
}
