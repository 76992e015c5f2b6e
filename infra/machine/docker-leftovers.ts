import { execFileSync } from 'node:child_process';

/** Longest wait for Docker to remove things, in milliseconds. */
const LIMIT_MS = 30_000;

/**
 * Removes containers with their volumes, then networks, by name or id. It uses the docker command because that works
 * synchronously, in a process that is about to exit. Returns whether none of them exists any more.
 */
export function removeFromDocker(containers: string[], networks: string[]): boolean {
  return (
    (containers.length === 0 || docker(['rm', '--force', '--volumes', ...containers])) &&
    (networks.length === 0 || docker(['network', 'rm', ...networks]))
  );
}

function docker(args: string[]): boolean {
  try {
    execFileSync('docker', args, { encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'], timeout: LIMIT_MS });
    return true;
  } catch (error) {
    // What somebody has removed already is gone as well; any other complaint means that something may still be there.
    const complaints = ((error as { stderr?: string }).stderr ?? '').trim().split('\n');
    return complaints.every((line) => /no such (container|network)|network \S+ not found|^exit status 1$/i.test(line));
  }
}
