// A disk without space, at each moment at which a verb may meet it: the sentence says so, where, and what to do.
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import lock from '#infra/kafka/artifacts.lock.json' with { type: 'json' };
import { fetchArtifacts } from '#infra/maven/artifacts.ts';
import { cacheWithKafka, ensureKafka, expectNothingLeft, scratchFolder } from './testing/scratch-machine.ts';
import { fill, MAY_MOUNT, onSmallDisk, smallDisk } from './testing/small-disk.ts';
import { expectRefusal, finished, startWith } from './testing/verb-process.ts';

beforeAll(ensureKafka);

const onDisk = test.runIf(MAY_MOUNT);

async function expectDiskFull(cache: string, env: Record<string, string>, verb: string, ...args: string[]) {
  const running = startWith({ env: { WORKBOOK_PARTS: 'embedded', WORKBOOK_CACHE: cache, ...env } }, verb, ...args);
  expectRefusal(await finished(running), 'The disk is full', 'WORKBOOK_CACHE=');
  expect(running.output).toContain(cache);
  await expectNothingLeft(cache);
}

/** A local Maven repository that has Kafka. */
async function localMaven(): Promise<string> {
  const repository = scratchFolder('maven');
  const jars = await fetchArtifacts(lock);
  for (const [index, { coordinates }] of lock.entries()) {
    const [group = '', artifact = '', version = ''] = coordinates.split(':');
    const folder = path.join(repository, ...group.split('.'), artifact, version);
    fs.mkdirSync(folder, { recursive: true });
    fs.symlinkSync(jars[index] ?? '', path.join(folder, `${artifact}-${version}.jar`));
  }
  return repository;
}

onDisk(onSmallDisk('no space for a run'), async () => {
  const disk = smallDisk(100_000);
  fill(disk);
  await expectDiskFull(disk, {}, 'lab', '03');
});

onDisk(onSmallDisk('no space for Kafka’s jars'), async () => {
  await expectDiskFull(smallDisk(20_000_000), { WORKBOOK_LOCAL_MAVEN: await localMaven() }, 'lab', '03');
});

onDisk(onSmallDisk('no space for a compiled program is not the program’s fault'), async () => {
  await expectDiskFull(cacheWithKafka(smallDisk(48_000)), {}, 'test', '03', '--subject', 'solutions');
});

onDisk(onSmallDisk('no space for a broker’s data'), async () => {
  await expectDiskFull(cacheWithKafka(smallDisk(400_000)), {}, 'lab', '03');
});

onDisk(onSmallDisk('no space for the brokers of a grading'), async () => {
  await expectDiskFull(cacheWithKafka(smallDisk(400_000)), {}, 'test', '03', '--subject', 'solutions');
});

onDisk(onSmallDisk('the doctor sees it before it is met'), async () => {
  const disk = smallDisk(2_000_000);
  const { output, code } = await finished(startWith({ env: { WORKBOOK_CACHE: disk } }, 'doctor'));
  expect(output).toMatch(/✗ disk .*2 MB free.* → export WORKBOOK_CACHE=\/\S+\/kafka-workbook-cache$/m);
  expect(code).toBe(1);
});
