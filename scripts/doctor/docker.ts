// Whether a Docker engine answers, and whether the image of Kafka is there.
import { isKafkaImagePresent } from '#infra/kafka/docker-image-present.ts';
import { askEngine, dockerSocket } from '#infra/kafka/docker-socket.ts';
import { kafkaImageName } from '#infra/kafka/image-name.ts';
import { attention, type Finding, fine, trouble } from './finding.ts';
import { asRoot, commandHere, findOnPath, isInstalled } from './machine.ts';

const LIMIT_MS = 3_000;

const INSTALL = {
  apt: 'apt-get install -y docker.io',
  dnf: 'dnf install -y moby-engine',
  brew: 'brew install --cask docker',
  otherwise: 'xdg-open https://docs.docker.com/engine/install/',
};
const START_SERVICE = isInstalled('systemctl') ? 'systemctl start docker' : 'service docker start';
const START = process.platform === 'darwin' ? 'open -a Docker' : asRoot(START_SERVICE);

export type Docker =
  | { answers: true; version: string; socket: string; image: boolean }
  | { answers: false; why: string; command: string };

export async function examineDocker(env: NodeJS.ProcessEnv): Promise<Docker> {
  const client = findOnPath('docker');
  const { DOCKER_HOST } = env;
  const socket = dockerSocket(env);
  if (!client) return { answers: false, why: 'there is no docker command on the path', command: commandHere(INSTALL) };
  if (!socket) {
    const why = DOCKER_HOST ? `DOCKER_HOST (${DOCKER_HOST}) is not a local socket` : 'there is no socket of an engine';
    return { answers: false, why, command: DOCKER_HOST ? 'unset DOCKER_HOST' : START };
  }
  try {
    const { Version } = JSON.parse(await askEngine(socket, '/version', LIMIT_MS)) as { Version: string };
    return { answers: true, version: Version, socket, image: await isKafkaImagePresent(env, LIMIT_MS) };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EACCES') {
      const command = 'sudo usermod -aG docker "$USER" && newgrp docker';
      return { answers: false, why: `${socket} is not open to you`, command };
    }
    const why = `no engine answers behind ${socket} (${code ?? message})`;
    return { answers: false, why, command: DOCKER_HOST ? 'unset DOCKER_HOST' : START };
  }
}

/** `needed`: Kafka is to run in it. */
export function lookAtDocker(docker: Docker, needed: boolean): Finding {
  if (docker.answers) return fine('Docker', `engine ${docker.version} answers behind ${docker.socket}`);
  const finding = needed ? trouble : attention;
  return finding('Docker', needed ? docker.why : `${docker.why}; a local JVM does without`, docker.command);
}

/** Only where an engine could have it. */
export function lookAtImage(docker: Docker, needed: boolean, env: NodeJS.ProcessEnv): Finding[] {
  if (!docker.answers) return [];
  const image = kafkaImageName(env);
  if (docker.image) return [fine('image', `${image} is present`)];
  if (!needed) return [fine('image', `${image} is not present, and not needed for a local JVM`)];
  return image === 'own'
    ? [fine('image', 'ours is built by the first command that needs it (half a minute)')]
    : [attention('image', `${image} is not present; the first lab pulls it, some hundred MB`, `docker pull ${image}`)];
}
