// One process of the registry: how it is started, found ready, and ended.
import { brokerFailure, readLog } from '../kafka/broker-failure.ts';
import { type BrokerJvm, spawnJava } from '../kafka/broker-jvm.ts';
import { reservePorts } from '../machine/ports.ts';
import { isAlive, signalGroup } from '../machine/process-identity.ts';
import type { Run } from '../machine/run.ts';
import { waitUntil } from '../machine/wait-until.ts';

export interface RunningRegistry {
  /** What clients of a Confluent Schema Registry take as its address. */
  url: string;
  /** Ends it, and with it all that was registered. */
  stop: () => Promise<void>;
}

const HEAP = '-Xmx256m';
/** Quarkus's own name for the class that `java -jar` would start. */
const MAIN_CLASS = 'io.quarkus.runner.GeneratedMain';
const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 20_000;

/** Resolves when it answers. Throws a GuidedError with its last words when it ends before that. */
export async function launchRegistry(run: Run, jvm: BrokerJvm, flags: string[], log: string): Promise<RunningRegistry> {
  const [port = 0] = await reservePorts(run, 1);
  const place = ['-Dquarkus.http.host=127.0.0.1', `-Dquarkus.http.port=${port}`];
  const identity = run.adopt(spawnJava(jvm, [HEAP, ...flags, ...place], [MAIN_CLASS], log));
  const url = `http://127.0.0.1:${port}/apis/ccompat/v7`;
  const stop = async () => {
    signalGroup(identity, 'SIGTERM');
    await waitUntil(() => !isAlive(identity), STOP_LIMIT_MS, 'the schema registry to end after SIGTERM');
  };
  await waitUntil(
    async () => {
      if (!isAlive(identity)) throw brokerFailure('The schema registry ended while it was starting.', readLog(log));
      return answers(url);
    },
    START_LIMIT_MS,
    'the schema registry to answer',
  ).catch((error) => {
    signalGroup(identity, 'SIGKILL');
    throw error;
  });
  return { url, stop };
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/subjects`)).ok;
  } catch {
    return false;
  }
}
