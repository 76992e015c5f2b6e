// Asks the Docker engine one question without loading a client library: is the image here already?
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { kafkaImageName, OWN_IMAGE } from './image-name.ts';
import { KAFKA_VERSION } from './kafka.ts';

const LIMIT_MS = 120;

/** Whether the engine behind a local socket has the image. No socket, no answer within 120 ms, or any error: no. */
export function isKafkaImagePresent(env: Record<string, string | undefined>): Promise<boolean> {
  const socketPath = dockerSocket(env);
  if (!socketPath) return Promise.resolve(false);
  const name = kafkaImageName(env);
  // The tag of our own image ends in a hash of its inputs, which would take long to find out; any build of it will do.
  const reference = name === 'own' ? `${OWN_IMAGE}:${KAFKA_VERSION}-*` : name;
  const filters = encodeURIComponent(JSON.stringify({ reference: [reference] }));
  return new Promise((resolve) => {
    const request = http.get({ socketPath, path: `/images/json?filters=${filters}` }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => resolve(response.statusCode === 200 && body.trim() !== '[]'));
    });
    request.on('error', () => resolve(false));
    AbortSignal.timeout(LIMIT_MS).addEventListener('abort', () => request.destroy(new Error('too slow')));
  });
}

/** The socket of the engine, if it is a local one: DOCKER_HOST, or else where Docker and its rootless kin put it. */
function dockerSocket(env: Record<string, string | undefined>): string | undefined {
  const { DOCKER_HOST, XDG_RUNTIME_DIR } = env;
  const candidates = DOCKER_HOST
    ? DOCKER_HOST.startsWith('unix://')
      ? [DOCKER_HOST.slice('unix://'.length)]
      : []
    : [
        '/var/run/docker.sock',
        ...(XDG_RUNTIME_DIR ? [path.join(XDG_RUNTIME_DIR, 'docker.sock')] : []),
        path.join(os.homedir(), '.docker', 'run', 'docker.sock'),
      ];
  return candidates.find((file) => fs.existsSync(file));
}
