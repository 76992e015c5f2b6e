// Asks the Docker engine small questions without loading a client library.
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';

type Environment = Record<string, string | undefined>;

const SCHEME = 'unix://';

/** The socket of the engine, if it is a local one: DOCKER_HOST, or else where Docker and its rootless kin put it. */
export function dockerSocket({ DOCKER_HOST, XDG_RUNTIME_DIR }: Environment): string | undefined {
  if (DOCKER_HOST) return DOCKER_HOST.startsWith(SCHEME) ? DOCKER_HOST.slice(SCHEME.length) : undefined;
  const candidates = [
    '/var/run/docker.sock',
    ...(XDG_RUNTIME_DIR ? [path.join(XDG_RUNTIME_DIR, 'docker.sock')] : []),
    path.join(os.homedir(), '.docker', 'run', 'docker.sock'),
  ];
  return candidates.find((file) => fs.existsSync(file));
}

/** What an engine answers to a GET. Rejects when there is none behind the socket, or none that answers in time. */
export function askEngine(socketPath: string, question: string, limitMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = http.get({ socketPath, path: question }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => {
        if (response.statusCode === 200) resolve(body);
        else reject(new Error(`HTTP ${response.statusCode}`));
      });
    });
    request.on('error', reject);
    AbortSignal.timeout(limitMs).addEventListener('abort', () =>
      request.destroy(new Error(`no answer within ${limitMs} ms`)),
    );
  });
}
