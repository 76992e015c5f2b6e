import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import mavenUrl from 'mvn-artifact-url';
import pMap from 'p-map';
import { cacheFolder } from '../machine/cache.ts';
import { GuidedError } from '../machine/guided-error.ts';
import { localRepository, remoteRepositories } from './repositories.ts';

/** One file of a lock: Maven coordinates `group:artifact:version`, and what its bytes must be. */
export interface LockedArtifact {
  coordinates: string;
  sha256: string;
  /** bytes */
  size: number;
}

/** Called as bytes arrive, and not at all when nothing is missing; `done` and `total` are bytes. */
export type Progress = (done: number, total: number) => void;

const PARALLEL_DOWNLOADS = 6;
const ATTEMPTS = 3;
/** Longest silence on one download, in milliseconds: a stalled connection is given up, a slow one is not. */
const STALL_MS = 30_000;

/**
 * Makes every artifact of a lock present in the cache and returns their paths in the lock's order. A file is taken from
 * the cache, the local Maven repository, or a remote one, and only ever appears under its name with the right SHA-256:
 * an interrupted download starts again, and two processes may fetch at once.
 * Throws a GuidedError when a file cannot be had or has the wrong hash everywhere.
 */
export async function fetchArtifacts(lock: LockedArtifact[], progress: Progress = () => {}): Promise<string[]> {
  fs.mkdirSync(cacheFolder('artifacts'), { recursive: true });
  const missing = lock.filter((artifact) => !isCached(artifact));
  const total = missing.reduce((sum, { size }) => sum + size, 0);
  let done = 0;
  const advance = (bytes: number) => {
    done += bytes;
    progress(done, total);
  };
  await pMap(missing, (artifact) => fetchArtifact(artifact, advance), { concurrency: PARALLEL_DOWNLOADS });
  return lock.map(cachedFile);
}

/** The name holds the hash and is given only after the check, so a file that is there with its size is right. */
function isCached(artifact: LockedArtifact): boolean {
  return fs.statSync(cachedFile(artifact), { throwIfNoEntry: false })?.size === artifact.size;
}

function cachedFile(artifact: LockedArtifact): string {
  return cacheFolder('artifacts', `${artifact.sha256.slice(0, 16)}-${jarName(artifact)}`);
}

async function fetchArtifact(artifact: LockedArtifact, advance: (bytes: number) => void): Promise<void> {
  const local = fromLocalRepository(artifact);
  if (local) advance(artifact.size);
  writeAtomically(cachedFile(artifact), local ?? (await download(artifact, advance)));
}

function fromLocalRepository(artifact: LockedArtifact): Buffer | undefined {
  const file = path.join(localRepository(), repositoryPath(artifact));
  if (!fs.existsSync(file)) return undefined;
  const bytes = fs.readFileSync(file);
  return sha256(bytes) === artifact.sha256 ? bytes : undefined;
}

async function download(artifact: LockedArtifact, advance: (bytes: number) => void): Promise<Buffer> {
  const failures: string[] = [];
  for (const repository of remoteRepositories()) {
    const url = await mavenUrl.default(parse(artifact.coordinates), repository);
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      try {
        return await get(url, artifact, advance);
      } catch (error) {
        if (!(error instanceof DownloadError)) throw error;
        failures.push(`${new URL(url).host}: ${error.message}`);
        if (!error.retry) break;
      }
    }
  }
  throw new GuidedError(
    `Could not download ${artifact.coordinates} (${failures.at(-1)}).`,
    'check the network, or name a reachable Maven repository: WORKBOOK_MAVEN_REPO=https://…/ and the same command again.',
    { cause: failures },
  );
}

/** One failed attempt; `retry` says whether the same repository may do better next time. */
class DownloadError extends Error {
  readonly retry: boolean;

  constructor(reason: string, retry: boolean) {
    super(reason);
    this.retry = retry;
  }
}

async function get(url: string, artifact: LockedArtifact, advance: (bytes: number) => void): Promise<Buffer> {
  const stalled = new AbortController();
  let timer = setTimeout(() => stalled.abort(), STALL_MS);
  const chunks: Uint8Array[] = [];
  let received = 0;
  try {
    const response = await fetch(url, { signal: stalled.signal });
    if (!response.ok || !response.body) throw new DownloadError(`HTTP ${response.status}`, response.status >= 500);
    for await (const chunk of response.body) {
      clearTimeout(timer);
      timer = setTimeout(() => stalled.abort(), STALL_MS);
      chunks.push(chunk);
      received += chunk.length;
      advance(chunk.length);
    }
    const bytes = Buffer.concat(chunks);
    if (sha256(bytes) !== artifact.sha256) {
      throw new DownloadError(`its SHA-256 is ${sha256(bytes)}, the lock says ${artifact.sha256}`, false);
    }
    return bytes;
  } catch (error) {
    advance(-received);
    throw asDownloadError(error, stalled.signal.aborted);
  } finally {
    clearTimeout(timer);
  }
}

/** A host that cannot be reached at all is not tried again; a connection that broke in the middle is. */
function asDownloadError(error: unknown, stalled: boolean): DownloadError {
  if (error instanceof DownloadError) return error;
  if (stalled) return new DownloadError(`nothing arrived for ${STALL_MS / 1000} s`, true);
  const { message, cause } = error as Error & { cause?: NodeJS.ErrnoException };
  const unreachable = ['ENOTFOUND', 'ECONNREFUSED', 'EAI_AGAIN', 'SELF_SIGNED_CERT_IN_CHAIN'];
  return new DownloadError(cause?.code ?? cause?.message ?? message, !unreachable.includes(cause?.code ?? ''));
}

/** Writes under a temporary name and renames, so that no reader ever sees half a file. */
export function writeAtomically(target: string, bytes: Buffer | string): void {
  const partial = `${target}.${process.pid}.part`;
  try {
    fs.writeFileSync(partial, bytes);
    fs.renameSync(partial, target);
  } catch (error) {
    fs.rmSync(partial, { force: true });
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') {
      throw new GuidedError(
        `The disk is full: ${path.dirname(target)} could not take ${bytes.length} bytes.`,
        'free some space, or point WORKBOOK_CACHE at a folder on another disk.',
        { cause: error },
      );
    }
    throw error;
  }
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function parse(coordinates: string) {
  const [groupId = '', artifactId = '', version = ''] = coordinates.split(':');
  return { groupId, artifactId, version };
}

function jarName(artifact: LockedArtifact): string {
  const { artifactId, version } = parse(artifact.coordinates);
  return `${artifactId}-${version}.jar`;
}

function repositoryPath(artifact: LockedArtifact): string {
  const { groupId, artifactId, version } = parse(artifact.coordinates);
  return path.join(...groupId.split('.'), artifactId, version, jarName(artifact));
}
