// The one place that loads testcontainers: late, because that takes a good part of a second, and without its helper
// container, which would have to be pulled; what a run has started is written down in its folder instead.
import type { ContainerRuntimeClient } from 'testcontainers';
import { GuidedError } from '../machine/guided-error.ts';
import type { Run } from '../machine/run.ts';
import { askEngine, dockerSocket } from './docker-socket.ts';
import { ensureOwnImage } from './image.ts';
import { kafkaImageName } from './image-name.ts';
import { hasJava, REQUIRED_JAVA } from './java.ts';

/** Longest wait for an engine that DOCKER_HOST names, in milliseconds. */
const ENGINE_LIMIT_MS = 5_000;

/** The testcontainers module. */
export async function loadTestcontainers() {
  process.env.TESTCONTAINERS_RYUK_DISABLED = 'true';
  return import('testcontainers');
}

/** A client of the Docker engine. Throws a GuidedError when none answers. */
export async function dockerEngine(): Promise<ContainerRuntimeClient> {
  try {
    await heedDockerHost();
    const { getContainerRuntimeClient } = await loadTestcontainers();
    return await getContainerRuntimeClient();
  } catch (error) {
    throw await noEngine(error);
  }
}

/**
 * testcontainers would pass over a DOCKER_HOST that is dead and take another engine, in which the docker command, which we
 * clean up with, could not remove anything.
 */
async function heedDockerHost(): Promise<void> {
  const socket = process.env.DOCKER_HOST && dockerSocket(process.env);
  if (socket) await askEngine(socket, '/_ping', ENGINE_LIMIT_MS);
}

async function noEngine(cause: unknown): Promise<GuidedError> {
  const { DOCKER_HOST } = process.env;
  const where = DOCKER_HOST ? `at DOCKER_HOST (${DOCKER_HOST})` : 'on this machine';
  return (await hasJava())
    ? new GuidedError(
        `No Docker engine answers ${where}.`,
        'do without it: WORKBOOK_PARTS=embedded before the same command; or ask npm run doctor how to start it.',
        { cause },
      )
    : new GuidedError(
        `Kafka needs a Docker engine or Java ${REQUIRED_JAVA}, and here is neither: no engine answers ${where}.`,
        'npm run doctor, which names the command for each way out.',
        { cause },
      );
}

/** Builds or pulls the image where it is missing and returns its name. Throws a GuidedError when it cannot be had. */
export async function ensureKafkaImage(run: Run, report: (status: string) => void): Promise<string> {
  const wanted = kafkaImageName(process.env);
  const { image } = await dockerEngine();
  if (wanted === 'own') return ensureOwnImage(run, report);
  const { ImageName } = await loadTestcontainers();
  const name = ImageName.fromString(wanted);
  if (await image.exists(name)) return wanted;
  report(`pulling the image ${wanted} (once, some hundred MB)`);
  try {
    await image.pull(name);
    if (await image.exists(name)) return wanted;
  } catch (error) {
    throw cannotPull(wanted, error);
  }
  throw cannotPull(wanted);
}

function cannotPull(image: string, cause?: unknown): GuidedError {
  // The engine's own words, without the HTTP status that its client puts before them.
  const words = cause instanceof Error ? cause.message.replace(/^\(HTTP code \d+\) [^-]* - /, '').trim() : '';
  const reason = words && `: ${words}`;
  return new GuidedError(
    `Docker could not pull ${image}${reason}.`,
    'build an image from this machine’s Java instead: WORKBOOK_KAFKA_IMAGE=own and the same command again; ' +
      'or do without Docker: WORKBOOK_PARTS=embedded.',
    { cause },
  );
}
