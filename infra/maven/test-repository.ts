// For tests: an HTTP server on 127.0.0.1 that plays a Maven repository, faults included.
import { createHash } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { LockedArtifact } from './artifacts.ts';

export interface TestRepository {
  url: string;
  /** Paths that were asked for, in order. */
  requests: string[];
}

/** Answers one request; `attempt` counts the requests for the same path from 1. */
export type Answer = (response: http.ServerResponse, attempt: number) => void;

/** Serves every path with the answer until the test is over. */
export async function startRepository(answer: Answer): Promise<TestRepository> {
  const requests: string[] = [];
  const server = http.createServer((request, response) => {
    const path = request.url ?? '';
    requests.push(path);
    answer(response, requests.filter((earlier) => earlier === path).length);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

export const JAR = Buffer.alloc(200_000, 'bytes of a jar');
export const JAR_PATH = '/org/example/thing/1.0/thing-1.0.jar';

/** The lock's entry for a jar. */
export function locked(jar = JAR): LockedArtifact {
  const sha256 = createHash('sha256').update(jar).digest('hex');
  return { coordinates: 'org.example:thing:1.0', sha256, size: jar.length };
}

export const whole: Answer = (response) => response.end(JAR);

/** Announces everything, sends half, and cuts the connection. */
export function sendHalf(response: http.ServerResponse): void {
  response.writeHead(200, { 'content-length': JAR.length });
  response.write(JAR.subarray(0, JAR.length / 2), () => response.destroy());
}
