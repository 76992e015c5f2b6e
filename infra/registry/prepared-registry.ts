// What is made once of the registry's archive: its files, unpacked, and its classes, parsed and verified.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import tar from 'tar-stream';
import { brokerFailure, readLog } from '../kafka/broker-failure.ts';
import type { BrokerJvm } from '../kafka/broker-jvm.ts';
import { findJava } from '../kafka/java.ts';
import { cacheFolder } from '../machine/cache.ts';
import { explainFileTrouble } from '../machine/file-trouble.ts';
import { madeOnce } from '../machine/made-once.ts';
import type { Run } from '../machine/run.ts';
import { fetchArtifacts } from '../maven/artifacts.ts';
import lock from './artifacts.lock.json' with { type: 'json' };
import { launchRegistry } from './registry-jvm.ts';

export interface PreparedRegistry {
  jvm: BrokerJvm;
  /** Application class data sharing: 2.5 s of a start instead of 5 s. */
  classArchive: string;
}

const RUNNER = 'apicurio-registry-app-3.0.9-runner.jar';

/** Returns the pieces from the cache, making them first where they are missing: 109 MB to fetch, then about 12 s. */
export async function prepareRegistry(run: Run, report: (status: string) => void): Promise<PreparedRegistry> {
  const java = await findJava();
  const [archive = ''] = await fetchArtifacts(lock, (done, total) => {
    report(`fetching the schema registry (once): ${(done / 1e6).toFixed(1)} of ${(total / 1e6).toFixed(1)} MB`);
  });
  const files = await madeOnce(run, cacheFolder('registry', shortHash(lock[0]?.sha256 ?? '')), async (target) => {
    report('unpacking the schema registry (once)');
    await unpack(archive, target);
  });
  // By its real path, so that whoever reaches the cache through a link shares the archive of its classes.
  const jvm = { java, classPath: path.join(fs.realpathSync(files), RUNNER) };
  const classArchive = await madeOnce(
    run,
    cacheFolder('registry', `${shortHash(`${java.fingerprint}\n${jvm.classPath}`)}.jsa`),
    async (target) => {
      report('preparing the schema registry (once): archive its classes');
      await archiveClasses(run, jvm, target);
    },
  );
  return { jvm, classArchive };
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

async function unpack(archive: string, target: string): Promise<void> {
  const extract = tar.extract();
  const reading = pipeline(fs.createReadStream(archive), createGunzip(), extract);
  try {
    for await (const entry of extract) {
      const file = path.join(target, entry.header.name);
      if (entry.header.type === 'directory') {
        fs.mkdirSync(file, { recursive: true });
        entry.resume();
        continue;
      }
      fs.mkdirSync(path.dirname(file), { recursive: true });
      await pipeline(entry, fs.createWriteStream(file));
    }
    await reading;
  } catch (error) {
    throw explainFileTrouble(error);
  }
}

async function archiveClasses(run: Run, jvm: BrokerJvm, target: string): Promise<void> {
  const log = path.join(path.dirname(target), 'registry.log');
  const registry = await launchRegistry(run, jvm, [`-XX:ArchiveClassesAtExit=${target}`], log);
  await registry.stop();
  if (!fs.existsSync(target)) throw brokerFailure('Java wrote no class archive.', readLog(log));
}
