// Whether an artifact could be downloaded, without doing it.
import type { LockedArtifact } from './artifacts.ts';
import { urlsOf } from './download.ts';

export type RepositoryProbe = { reachable: true; host: string } | { reachable: false; why: string };

/** Asks all repositories at once for the artifact's headers; the reasons are those of all that do not give it. */
export async function probeRepositories(artifact: LockedArtifact, limitMs: number): Promise<RepositoryProbe> {
  const asked = (await urlsOf(artifact)).map(async (url) => ({
    host: new URL(url).host,
    reason: await probe(url, limitMs),
  }));
  const answers = await Promise.all(asked);
  const good = answers.find(({ reason }) => reason === undefined);
  if (good) return { reachable: true, host: good.host };
  return { reachable: false, why: answers.map(({ host, reason }) => `${host}: ${reason}`).join('; ') };
}

async function probe(url: string, limitMs: number): Promise<string | undefined> {
  try {
    const { ok, status } = await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(limitMs) });
    return ok ? undefined : `HTTP ${status}`;
  } catch (error) {
    const { message, name, cause } = error as Error & { cause?: NodeJS.ErrnoException };
    if (name === 'TimeoutError') return `no answer within ${limitMs / 1000} s`;
    return cause?.code ?? cause?.message ?? message;
  }
}
