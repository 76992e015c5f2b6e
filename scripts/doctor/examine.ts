// Everything that the doctor looks at, at the same time; what depends on several facts is said after them.
import { examineDocker, lookAtDocker, lookAtImage } from './docker.ts';
import type { Finding } from './finding.ts';
import { examineJava, lookAtJava } from './java.ts';
import { expectKafka } from './kafka.ts';
import { lookAtCacheFolder, lookAtLeftovers } from './leftovers.ts';
import { examineArtifacts, lookAtArtifacts, lookAtRepository } from './maven.ts';
import { lookAtNode, lookAtPackages } from './node.ts';
import { lookAtPort } from './ports.ts';
import { lookAtDisk, lookAtMemory } from './space.ts';

export interface Examination {
  findings: Finding[];
  /** Whether `npm run lab` and `npm test` would find what they need. */
  runs: boolean;
}

export async function examine(): Promise<Examination> {
  const { env } = process;
  const [java, docker, artifacts, ...ports] = await Promise.all([
    examineJava(),
    examineDocker(env),
    examineArtifacts(),
    lookAtPort(9092, 'Kafka'),
    lookAtPort(8080, 'the first program'),
  ]);
  const kafka = expectKafka(typeof java !== 'string', docker, artifacts, env);
  // Without a way, whichever is missing is in the way: either would do.
  const needs = (way: string) => kafka.way === way || (!kafka.works && !env.WORKBOOK_PARTS);
  const own = [lookAtDisk(artifacts.missing === 0), lookAtCacheFolder()];
  const findings = [
    lookAtNode(),
    lookAtPackages(),
    lookAtJava(java, needs('embedded')),
    lookAtDocker(docker, needs('docker')),
    ...lookAtImage(docker, kafka.way === 'docker', env),
    lookAtArtifacts(artifacts),
    ...lookAtRepository(artifacts, kafka.way === 'embedded'),
    kafka.finding,
    lookAtMemory(),
    ...own,
    ...ports,
    lookAtLeftovers(),
  ];
  return { findings, runs: kafka.works && own.every(({ mark }) => mark !== 'trouble') };
}
