// Downloads one locked artifact, from whichever repository gives the right bytes.
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { setTimeout as pause } from 'node:timers/promises';
import { GuidedError } from '../machine/guided-error.ts';
import type { LockedArtifact } from './artifacts.ts';
import { remoteRepositories } from './repositories.ts';

// A CommonJS package, whose default export an import would find in other places under vitest than under Node.
const { default: artifactUrl } = createRequire(import.meta.url)(
  'mvn-artifact-url',
) as typeof import('mvn-artifact-url');

const ATTEMPTS = 3;
/** Grows with each attempt: what has just broken down seldom recovers at once. */
const RETRY_PAUSE_MS = 200;
/** Longest silence on one download, in milliseconds: a stalled connection is given up, a slow one is not. */
const STALL_MS = 30_000;

/** Tries the repositories in order. `advance` hears of bytes as they come. Throws a GuidedError when none can give it. */
export async function download(artifact: LockedArtifact, advance: (bytes: number) => void): Promise<Buffer> {
  const failures: string[] = [];
  for (const url of await urlsOf(artifact)) {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      try {
        return await get(url, artifact, advance);
      } catch (error) {
        if (!(error instanceof DownloadError)) throw error;
        failures.push(`${new URL(url).host}: ${error.message}`);
        if (!error.retry) break;
        await pause(attempt * RETRY_PAUSE_MS);
      }
    }
  }
  throw new GuidedError(
    `Could not download ${artifact.coordinates} (${[...new Set(failures)].join('; ')}).`,
    'check the network, or name a reachable Maven repository: WORKBOOK_MAVEN_REPO=https://…/ and the same command again.',
    { cause: failures },
  );
}

/** Where the artifact is in each remote repository, in the order in which they are asked. */
export function urlsOf({ coordinates }: LockedArtifact): Promise<string[]> {
  return Promise.all(remoteRepositories().map((repository) => artifactUrl(parseCoordinates(coordinates), repository)));
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
    // Servers without a length of their own end a broken answer as if it were whole.
    if (received < artifact.size) throw new DownloadError(`only ${received} of ${artifact.size} bytes came`, true);
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

/** In hexadecimal. */
export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Splits `group:artifact:version`, which is a jar, or `group:artifact:extension:classifier:version`, as Maven writes them. */
export function parseCoordinates(coordinates: string) {
  const [groupId = '', artifactId = '', ...rest] = coordinates.split(':');
  const [version = '', classifier = '', extension = 'jar'] = rest.toReversed();
  return { groupId, artifactId, version, classifier, extension };
}

/** The name of an artifact's file, as a Maven repository has it. */
export function fileName(coordinates: string): string {
  const { artifactId, version, classifier, extension } = parseCoordinates(coordinates);
  return `${[artifactId, version, classifier].filter(Boolean).join('-')}.${extension}`;
}
