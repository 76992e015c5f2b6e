// What `npm run doctor -- --fix` does: everything is fetched that a lab or a grading would fetch, so that a classroom works offline.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { brokerJvm } from '#infra/kafka/broker-jvm.ts';
import { isKafkaImagePresent } from '#infra/kafka/docker-image-present.ts';
import { kafkaImageName } from '#infra/kafka/image-name.ts';
import { hasJava } from '#infra/kafka/java.ts';
import { fetchJava } from '#infra/kafka/java-runtime.ts';
import { prepareBroker } from '#infra/kafka/prepared-broker.ts';
import { GuidedError } from '#infra/machine/guided-error.ts';
import type { Run } from '#infra/machine/run.ts';
import { examineDocker } from './docker.ts';

const PULL_LIMIT_MS = 1_800_000;

/** Throws a GuidedError for the first thing that cannot be had. */
export async function fix(run: Run, report: (status: string) => void): Promise<void> {
  const { env } = process;
  const docker = await examineDocker(env);
  const inDocker = env.WORKBOOK_PARTS === 'docker' || (docker.answers && docker.image && !env.WORKBOOK_PARTS);
  if (inDocker || (docker.answers && !(await hasJava()))) return haveImage(run, env, report);
  if (!(await hasJava())) await fetchJava(run, report);
  await prepareBroker(await brokerJvm(report), run, report);
}

async function haveImage(run: Run, env: NodeJS.ProcessEnv, report: (status: string) => void): Promise<void> {
  const image = kafkaImageName(env);
  if (image === 'own') return buildImage(run, report);
  if (await isKafkaImagePresent(env)) return;
  report(`pulling ${image}, some hundred MB`);
  await promisify(execFile)('docker', ['pull', '--quiet', image], { timeout: PULL_LIMIT_MS }).catch((error: Error) => {
    throw new GuidedError(`The image ${image} could not be pulled.`, `docker pull ${image}`, { cause: error });
  });
}

/** What builds it takes long to load, and the doctor is to speak at once. */
async function buildImage(run: Run, report: (status: string) => void): Promise<void> {
  const { ensureKafkaImage } = await import('#infra/kafka/docker-engine.ts');
  await ensureKafkaImage(run, report);
}
