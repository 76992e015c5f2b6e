// The schema registry: Apicurio Registry in a local JVM, asked through its interface for Confluent's clients.
import path from 'node:path';
import type { Run } from '../machine/run.ts';
import { prepareRegistry } from './prepared-registry.ts';
import { launchRegistry, type RunningRegistry } from './registry-jvm.ts';

/**
 * Starts a registry on 127.0.0.1 that holds no schema yet: 3 s on a quiet machine with two cores once it is prepared. Its
 * rule for new versions is BACKWARD, as Confluent's is; Apicurio's own is NONE. Throws a GuidedError without Java, without
 * network (first time), and when it does not start.
 */
export async function startRegistry(run: Run, report: (status: string) => void = () => {}): Promise<RunningRegistry> {
  const { jvm, classArchive } = await prepareRegistry(run, report);
  report('starting the schema registry');
  const log = path.join(run.makeFolder('registry'), 'registry.log');
  const registry = await launchRegistry(run, jvm, [`-XX:SharedArchiveFile=${classArchive}`], log);
  await demandBackwardCompatibility(registry.url);
  return registry;
}

async function demandBackwardCompatibility(url: string): Promise<void> {
  const answer = await fetch(`${url}/config`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ compatibility: 'BACKWARD' }),
  });
  if (!answer.ok) throw new Error(`PUT ${url}/config is answered with ${answer.status}: ${await answer.text()}`);
}
