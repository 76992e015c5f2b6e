// For authors: resolves a part's pom.xml with Maven and writes artifacts.lock.json beside it.
// Usage: npx tsx infra/maven/make-lock.ts infra/kafka
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { $ } from 'zx';
import type { LockedArtifact } from './artifacts.ts';

const [part] = process.argv.slice(2);
if (!part) throw new Error('Usage: npx tsx infra/maven/make-lock.ts infra/<part>');

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'make-lock-'));
try {
  const repository = path.join(scratch, 'repository');
  await $`mvn --quiet --batch-mode -f ${part}/pom.xml -Dmaven.repo.local=${repository} org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies -DincludeScope=runtime -Dmdep.useRepositoryLayout=true -DoutputDirectory=${scratch}/lib`;
  const jars = fs.readdirSync(path.join(scratch, 'lib'), { recursive: true, encoding: 'utf8' });
  const lock = jars
    .filter((file) => file.endsWith('.jar'))
    .map((file) => lockEntry(file, fs.readFileSync(path.join(scratch, 'lib', file))))
    .sort((a, b) => a.coordinates.localeCompare(b.coordinates, 'en'));
  fs.writeFileSync(path.join(part, 'artifacts.lock.json'), `${JSON.stringify(lock, null, 1)}\n`);
  console.log(`${lock.length} artifacts locked in ${part}/artifacts.lock.json`);
} finally {
  fs.rmSync(scratch, { recursive: true, force: true });
}

function lockEntry(file: string, bytes: Buffer): LockedArtifact {
  const segments = file.split(path.sep).slice(0, -1);
  const [version, artifactId] = [segments.at(-1), segments.at(-2)];
  return {
    coordinates: `${segments.slice(0, -2).join('.')}:${artifactId}:${version}`,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    size: bytes.length,
  };
}
