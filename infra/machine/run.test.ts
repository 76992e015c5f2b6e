import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { KafkaHandle } from '../kafka/kafka.ts';
import { isFree } from './ports.ts';
import { identify, isAlive, type ProcessIdentity, signalGroup } from './process-identity.ts';
import { Run, reapOrphans } from './run.ts';
import { runScript, scratchCache } from './test-cache.ts';
import { waitUntil } from './wait-until.ts';

scratchCache(['artifacts']);

const idle = ['-e', 'setInterval(() => {}, 60_000)'];

function startIdle(): ChildProcess {
  return spawn(process.execPath, idle, { detached: true, stdio: 'ignore' });
}

test('disposing of a run kills its children and removes its folder, and may be done twice', async () => {
  const run = Run.begin();
  const child = run.adopt(startIdle());
  fs.writeFileSync(path.join(run.makeFolder('work'), 'file'), 'text');
  run.dispose();
  await waitUntil(() => !isAlive(child), 5000, 'the child to die');
  expect(fs.existsSync(run.folder)).toBe(false);
  run.dispose();
});

test('a group is killed even when its leader died before the others', async () => {
  const run = Run.begin();
  // The leader waits for the end of its input, so that it surely lives when it is adopted.
  const script = 'sleep 300 < /dev/null & echo $!; read line';
  const leader = spawn('sh', ['-c', script], { detached: true, stdio: ['pipe', 'pipe', 'ignore'] });
  run.adopt(leader);
  leader.stdin.end();
  let output = '';
  leader.stdout.on('data', (chunk) => {
    output += chunk;
  });
  await waitUntil(() => output.includes('\n') && leader.exitCode !== null, 5000, 'the leader to leave');
  expect(identify(Number(output))).toBeDefined();
  run.dispose();
  await waitUntil(() => identify(Number(output)) === undefined, 5000, 'the follower to die');
});

test('a child that was never noted is found by the folder that it names', async () => {
  const run = Run.begin();
  const child = spawn(process.execPath, [...idle, run.folder], { detached: true, stdio: 'ignore' });
  const stray = identify(child.pid ?? 0);
  if (!stray) throw new Error('the child has no identity');
  run.dispose();
  expect(isAlive(stray)).toBe(false);
});

test('a run whose owner died before it could write its name is an orphan', () => {
  const run = Run.begin();
  const nobody = path.join(path.dirname(run.folder), '999999999-abcdef');
  fs.mkdirSync(nobody);
  expect(reapOrphans()).toBe(1);
  expect(fs.existsSync(nobody)).toBe(false);
  run.dispose();
});

test('a run whose owner lives is nobody’s orphan', () => {
  const run = Run.begin();
  expect(reapOrphans()).toBe(0);
  expect(fs.existsSync(run.folder)).toBe(true);
  run.dispose();
});

test('after kill -9 of its owner a broker is killed by the next run to begin', async () => {
  const owner = runScript('machine/test-programs/start-broker.ts', []);
  await waitUntil(() => owner.output().includes('\n'), 60_000, 'the broker to start');
  const { folder, handle } = JSON.parse(owner.output()) as { folder: string; handle: KafkaHandle };
  const [node] = handle.nodes;
  if (!node) throw new Error('a cluster of no nodes');
  const broker = JSON.parse(fs.readFileSync(path.join(node.place, 'process.json'), 'utf8')) as ProcessIdentity;
  owner.child.kill('SIGKILL');
  await waitUntil(() => owner.child.signalCode !== null, 5000, 'the owner to die');
  expect(isAlive(broker)).toBe(true);
  const next = Run.begin();
  await waitUntil(() => !isAlive(broker), 5000, 'the broker to die');
  await waitUntil(() => isFree(node.clientPort), 5000, 'its port to be free');
  expect(fs.existsSync(folder)).toBe(false);
  next.dispose();
});

test('a later process with the same number is not taken for the earlier one', async () => {
  const child = startIdle();
  const identity = identify(child.pid ?? 0);
  if (!identity) throw new Error('the child has no identity');
  const earlier = { ...identity, startedAt: '1' };
  expect(isAlive(identity)).toBe(true);
  expect(isAlive(earlier)).toBe(false);
  signalGroup(earlier, 'SIGKILL');
  expect(isAlive(identity)).toBe(true);
  signalGroup(identity, 'SIGKILL');
  await waitUntil(() => !isAlive(identity), 5000, 'the child to die');
});
