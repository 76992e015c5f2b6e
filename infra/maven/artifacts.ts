import fs from 'node:fs';
import path from 'node:path';
import pMap from 'p-map';
import { cacheFolder } from '../machine/cache.ts';
import { explainFileTrouble } from '../machine/file-trouble.ts';
import { partialName } from '../machine/partial-files.ts';
import { download, fileName, parseCoordinates, sha256 } from './download.ts';
import { localRepository } from './repositories.ts';

/** One file of a lock: Maven coordinates as `parseCoordinates` takes them, and what its bytes must be. */
export interface LockedArtifact {
  coordinates: string;
  sha256: string;
  /** bytes */
  size: number;
}

/** Called as bytes arrive, and not at all when nothing is missing; `done` and `total` are bytes. */
export type Progress = (done: number, total: number) => void;

const PARALLEL_DOWNLOADS = 6;

/**
 * Makes every artifact of a lock present in the cache and returns their paths in the lock's order. A file is taken from
 * the cache, the local Maven repository, or a remote one, and only ever appears under its name with the right SHA-256:
 * an interrupted download starts again, and two processes may fetch at once.
 * Throws a GuidedError when a file cannot be had or has the wrong hash everywhere, or when the disk is full.
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

/** What would have to be downloaded: neither the cache nor the local Maven repository has it. */
export function missingArtifacts(lock: LockedArtifact[]): LockedArtifact[] {
  return lock.filter(
    (artifact) => !isCached(artifact) && !fs.existsSync(path.join(localRepository(), repositoryPath(artifact))),
  );
}

/** The name holds the hash and is given only after the check, so a file that is there with its size is right. */
function isCached(artifact: LockedArtifact): boolean {
  return fs.statSync(cachedFile(artifact), { throwIfNoEntry: false })?.size === artifact.size;
}

function cachedFile(artifact: LockedArtifact): string {
  return cacheFolder('artifacts', `${artifact.sha256.slice(0, 16)}-${fileName(artifact.coordinates)}`);
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

/** Writes under a temporary name and renames, so that no reader ever sees half a file. */
export function writeAtomically(target: string, bytes: Buffer | string): void {
  const partial = partialName(target);
  try {
    fs.writeFileSync(partial, bytes);
    fs.renameSync(partial, target);
  } catch (error) {
    fs.rmSync(partial, { force: true });
    throw explainFileTrouble(error, target);
  }
}

function repositoryPath({ coordinates }: LockedArtifact): string {
  const { groupId, artifactId, version } = parseCoordinates(coordinates);
  return path.join(...groupId.split('.'), artifactId, version, fileName(coordinates));
}
