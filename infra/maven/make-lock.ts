// For authors: writes a part's artifacts.lock.json, for what its pom.xml needs (resolved with Maven), or for one file.
// Usage: npx tsx infra/maven/make-lock.ts infra/kafka
//        npx tsx infra/maven/make-lock.ts infra/registry group:artifact:extension:classifier:version
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { $ } from 'zx';
import type { LockedArtifact } from './artifacts.ts';
import { sha256, urlsOf } from './download.ts';

const [part, coordinates] = process.argv.slice(2);
if (!part) throw new Error('Usage: npx tsx infra/maven/make-lock.ts infra/<part> [coordinates]');

const lock = coordinates ? [await lockFile(coordinates)] : await lockDependencies(part);
fs.writeFileSync(path.join(part, 'artifacts.lock.json'), `${JSON.stringify(lock, null, 1)}\n`);
console.log(`${lock.length} artifacts locked in ${part}/artifacts.lock.json`);

async function lockDependencies(folder: string): Promise<LockedArtifact[]> {
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'make-lock-'));
  try {
    const repository = path.join(scratch, 'repository');
    await $`mvn --quiet --batch-mode -f ${folder}/pom.xml -Dmaven.repo.local=${repository} org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies -DincludeScope=runtime -Dmdep.useRepositoryLayout=true -DoutputDirectory=${scratch}/lib`;
    const jars = fs.readdirSync(path.join(scratch, 'lib'), { recursive: true, encoding: 'utf8' });
    return jars
      .filter((file) => file.endsWith('.jar'))
      .map((file) => lockEntry(file, fs.readFileSync(path.join(scratch, 'lib', file))))
      .sort((a, b) => a.coordinates.localeCompare(b.coordinates, 'en'));
  } finally {
    fs.rmSync(scratch, { recursive: true, force: true });
  }
}

function lockEntry(file: string, bytes: Buffer): LockedArtifact {
  const segments = file.split(path.sep).slice(0, -1);
  const [version, artifactId] = [segments.at(-1), segments.at(-2)];
  return {
    coordinates: `${segments.slice(0, -2).join('.')}:${artifactId}:${version}`,
    sha256: sha256(bytes),
    size: bytes.length,
  };
}

/** Takes the first repository that has the file, and compares it with the SHA-1 that lies beside it. */
async function lockFile(file: string): Promise<LockedArtifact> {
  for (const url of await urlsOf({ coordinates: file, sha256: '', size: 0 })) {
    const [answer, beside] = await Promise.all([fetch(url), fetch(`${url}.sha1`)]);
    if (!answer.ok || !beside.ok) continue;
    const bytes = Buffer.from(await answer.arrayBuffer());
    const [expected] = (await beside.text()).trim().split(/\s/);
    const found = createHash('sha1').update(bytes).digest('hex');
    if (found !== expected) throw new Error(`${url} has the SHA-1 ${found}, and ${expected} stands beside it`);
    return { coordinates: file, sha256: sha256(bytes), size: bytes.length };
  }
  throw new Error(`no repository has ${file}`);
}
