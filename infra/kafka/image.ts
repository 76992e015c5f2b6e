// The image kafka-workbook/kafka: Apache Kafka from the pinned jars on a runtime cut out of the local JDK. It needs no
// registry, so Docker labs work where no image can be pulled.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { GuidedError } from '../machine/guided-error.ts';
import type { Run } from '../machine/run.ts';
import { fetchBrokerJars } from './broker-jvm.ts';
import { OWN_IMAGE } from './image-name.ts';
import { findJdk, type Jdk } from './jdk.ts';
import { KAFKA_VERSION } from './kafka.ts';
import { copyLibraries } from './shared-libraries.ts';

const execute = promisify(execFile);

/** What Kafka needs of a JDK. */
const MODULES = 'java.se,jdk.management,jdk.management.agent,jdk.unsupported,jdk.crypto.ec,jdk.zipfs';
/** The runtime's native parts that a server loads; those of the desktop would drag X11 along. */
const NATIVE = ['java', 'jli', 'jimage', 'net', 'nio', 'zip', 'verify', 'prefs', 'rmi', 'management', 'instrument'];
/** Resolving host names, and what the jars' own native code may ask for, is loaded by name at run time. */
const LOADED_BY_NAME = [
  'libnss_dns.so.2',
  'libnss_files.so.2',
  'libresolv.so.2',
  'libpthread.so.0',
  'libdl.so.2',
  'librt.so.1',
];
const BUILD_LIMIT_MS = 300_000;

/**
 * Makes sure that the image exists and returns its name; the tag holds a hash of everything that goes into it. The first
 * build takes about half a minute. Throws a GuidedError without a JDK, busybox, Linux or a Docker engine.
 */
export async function ensureOwnImage(run: Run, report: (status: string) => void): Promise<string> {
  const jdk = findJdk();
  const busybox = findBusybox();
  const name = `${OWN_IMAGE}:${KAFKA_VERSION}-${hashOfInputs(jdk, busybox)}`;
  if (await imageExists(name)) return name;
  const jars = await fetchBrokerJars(report);
  report(`building the image ${name} (once)`);
  const context = run.makeFolder('image');
  try {
    await makeContext(context, jdk, busybox, jars);
    await docker(['build', '--tag', name, context]);
  } finally {
    fs.rmSync(context, { recursive: true, force: true });
  }
  return name;
}

const SOURCES = [
  'Dockerfile',
  'container/launch.sh',
  'container/prepare.sh',
  'artifacts.lock.json',
  'image.ts',
  'shared-libraries.ts',
];

function hashOfInputs(jdk: Jdk, busybox: string): string {
  const hash = createHash('sha256').update(jdk.fingerprint).update(fs.readFileSync(busybox));
  for (const file of SOURCES) hash.update(fs.readFileSync(path.join(import.meta.dirname, file)));
  return hash.digest('hex').slice(0, 12);
}

async function makeContext(context: string, jdk: Jdk, busybox: string, jars: string[]): Promise<void> {
  const root = path.join(context, 'root');
  const java = path.join(root, 'opt', 'java');
  fs.mkdirSync(path.dirname(java), { recursive: true });
  await execute(jdk.jlink, [
    '--add-modules',
    MODULES,
    '--strip-java-debug-attributes',
    '--no-man-pages',
    '--no-header-files',
    '--output',
    java,
  ]);
  place(root, 'bin/busybox', fs.readFileSync(busybox), 0o755);
  fs.symlinkSync('busybox', path.join(root, 'bin', 'sh'));
  const native = NATIVE.map((library) => path.join(java, 'lib', `lib${library}.so`));
  await copyLibraries(
    root,
    [path.join(java, 'bin', 'java'), path.join(java, 'lib/server/libjvm.so'), busybox, ...native],
    LOADED_BY_NAME,
  );
  place(root, 'etc/passwd', 'root:x:0:0::/:/bin/sh\nappuser:x:1000:1000::/tmp:/bin/sh\n');
  place(root, 'etc/group', 'root:x:0:\nappuser:x:1000:\n');
  place(root, 'etc/nsswitch.conf', 'hosts: files dns\n');
  for (const jar of jars) place(root, `opt/kafka/libs/${path.basename(jar)}`, fs.readFileSync(jar));
  place(root, 'opt/kafka/class-path', jars.map((jar) => `/opt/kafka/libs/${path.basename(jar)}`).join(':'));
  for (const script of ['launch.sh', 'prepare.sh']) {
    place(root, `opt/kafka/${script}`, fs.readFileSync(path.join(import.meta.dirname, 'container', script)));
  }
  fs.copyFileSync(path.join(import.meta.dirname, 'Dockerfile'), path.join(context, 'Dockerfile'));
}

function place(root: string, file: string, content: string | Buffer, mode = 0o644): void {
  const target = path.join(root, file);
  fs.mkdirSync(path.dirname(target), { recursive: true });
  fs.writeFileSync(target, content, { mode });
}

function findBusybox(): string {
  const found = (process.env.PATH ?? '')
    .split(path.delimiter)
    .map((folder) => path.join(folder, 'busybox'))
    .find((file) => fs.existsSync(file));
  if (found) return found;
  throw new GuidedError(
    'The image needs busybox for its shell, and the path leads to none.',
    'apt-get install busybox-static',
  );
}

async function imageExists(name: string): Promise<boolean> {
  return (await docker(['images', '--quiet', name])).trim() !== '';
}

async function docker(args: string[]): Promise<string> {
  try {
    return (await execute('docker', args, { timeout: BUILD_LIMIT_MS, maxBuffer: 16_000_000 })).stdout;
  } catch (error) {
    const { code, stderr } = error as { code?: string | number; stderr?: string };
    const reason =
      code === 'ENOENT'
        ? 'there is no docker command'
        : (stderr || String(error)).trim().split('\n').slice(-12).join('\n');
    throw new GuidedError(
      `docker ${args[0]} did not succeed: ${reason}.`,
      'see that `docker info` answers, then the same command again; or do without Docker: WORKBOOK_PARTS=embedded.',
      { cause: error },
    );
  }
}
