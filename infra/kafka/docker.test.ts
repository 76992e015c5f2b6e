import { execFileSync } from 'node:child_process';
import { expect, test, vi } from 'vitest';
import { Run } from '../machine/run.ts';
import { runScript } from '../machine/test-cache.ts';
import { waitUntil } from '../machine/wait-until.ts';
import { kafkaContract } from './contract.ts';
import { attachDocker, startDocker } from './docker.ts';
import { dockerEngine } from './docker-engine.ts';
import type { KafkaHandle } from './kafka.ts';

// The image that needs no registry, unless another one is named.
vi.stubEnv('WORKBOOK_KAFKA_IMAGE', process.env.WORKBOOK_KAFKA_IMAGE || 'own');

const answers = await dockerEngine().then(
  () => true,
  () => false,
);

if (answers) {
  kafkaContract({ name: 'Kafka in Docker', start: startDocker, attach: attachDocker, leftovers: inDocker, gaps: [] });

  test('after kill -9 of its owner a cluster is removed by the next run to begin', async () => {
    const owner = runScript('kafka/test-programs/start-docker.ts', []);
    await waitUntil(() => owner.output().includes('\n'), 100_000, 'three brokers to start');
    const handle = JSON.parse(owner.output()) as KafkaHandle;
    owner.child.kill('SIGKILL');
    await waitUntil(() => owner.child.signalCode !== null, 5000, 'the owner to die');
    expect(inDocker(handle)).toHaveLength(4); // three containers and a network
    Run.begin().dispose();
    expect(inDocker(handle)).toEqual([]);
  });
}

// A person's machine may be without one; where the workbook is proven for all, nothing may be left out in silence.
test.skipIf(process.env.CI === undefined)('CI has a Docker engine', () => {
  expect(answers).toBe(true);
});

/** Containers and networks whose names begin with one of the cluster's. */
function inDocker({ nodes }: KafkaHandle): string[] {
  const list = (args: string[]) => execFileSync('docker', [...args, '--no-trunc'], { encoding: 'utf8' });
  const text = list(['ps', '--all', '--format', '{{.Names}}']) + list(['network', 'ls', '--format', '{{.Name}}']);
  const prefixes = nodes.map(({ place }) => place.replace(/-\d$/, ''));
  return text.split('\n').filter((name) => prefixes.some((prefix) => name.startsWith(prefix)));
}
