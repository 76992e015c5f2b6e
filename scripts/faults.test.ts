// What a machine may lack or refuse, each met through a verb: one sentence, one next step, and nothing is left.
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { sendHalf, startRepository } from '#infra/maven/test-repository.ts';
import { cacheWithKafka, ensureKafka, expectNothingLeft, scratchFolder } from './testing/scratch-machine.ts';
import { expectRefusal, finished, NODE_FOLDER, startWith } from './testing/verb-process.ts';

type Environment = Record<string, string | undefined>;

const NO_DOCKER = { DOCKER_HOST: 'unix:///nowhere.sock' };
const NO_JAVA = { PATH: NODE_FOLDER, JAVA_HOME: undefined };
/** The local JVM, with nothing but a network that is told. */
const EMBEDDED = { WORKBOOK_PARTS: 'embedded' };

beforeAll(ensureKafka);

/** Runs a verb that must be refused, with a cache that has Kafka unless the environment names another. */
async function refused(env: Environment, verb: string, ...args: string[]) {
  const cache = env.WORKBOOK_CACHE ?? cacheWithKafka();
  const ended = await finished(startWith({ env: { ...env, WORKBOOK_CACHE: cache } }, verb, ...args));
  await expectNothingLeft(cache);
  return ended;
}

/** A folder with a `java` that answers as Java 11 does. */
function javaEleven(): string {
  const folder = scratchFolder('java');
  const settings = [
    'Property settings:',
    '    java.home = /usr/lib/jvm/java-11-openjdk-amd64',
    '    java.specification.version = 11',
    '    java.vm.vendor = Debian',
    '    java.vm.version = 11.0.28+6-post-Debian-1deb11u1',
    'openjdk version "11.0.28" 2025-07-15',
  ];
  const script = `#!/bin/sh\nprintf '%s\\n' ${settings.map((line) => `'${line}'`).join(' ')} >&2\n`;
  fs.writeFileSync(path.join(folder, 'java'), script, { mode: 0o755 });
  return folder;
}

describe('Java and Docker', () => {
  test('without Java, a lab that asks for the local JVM names the doctor', async () => {
    expectRefusal(await refused({ ...NO_JAVA, ...EMBEDDED }, 'lab', '03'), 'there is none', 'npm run doctor');
  });

  test('without Java, nothing can be graded, and that is said once', async () => {
    const ended = await refused({ ...NO_JAVA, ...EMBEDDED }, 'test', '03', '--subject', 'solutions');
    expectRefusal(ended, 'there is none', 'npm run doctor');
    expect(ended.output).toContain('could not be graded, which is not your fault');
    expect(ended.output.match(/^! /gm)).toHaveLength(1);
    expect(ended.code).toBe(4);
  });

  test('without Java and Docker both are named, and the doctor', async () => {
    const ended = await refused({ ...NO_JAVA, ...NO_DOCKER, WORKBOOK_PARTS: undefined }, 'lab', '03');
    expectRefusal(ended, 'Kafka needs a Docker engine or Java 17, and here is neither', 'npm run doctor');
  });

  test('a Java that is too old is named with its number', async () => {
    const PATH = [javaEleven(), NODE_FOLDER].join(path.delimiter);
    const ended = await refused({ ...EMBEDDED, PATH, JAVA_HOME: undefined }, 'lab', '03');
    expectRefusal(ended, 'Kafka needs Java 17 or newer, and java is Java 11', 'npm run doctor');
  });

  test('a DOCKER_HOST behind which nobody answers is named', async () => {
    const ended = await refused({ ...NO_DOCKER, WORKBOOK_PARTS: 'docker' }, 'lab', '03');
    expectRefusal(ended, 'No Docker engine answers at DOCKER_HOST (unix:///nowhere.sock)', 'WORKBOOK_PARTS=embedded');
  });
});

describe('the download', () => {
  /** An empty cache, and one repository. */
  const fromRepository = (url: string) => {
    const cache = scratchFolder('cache');
    return {
      ...EMBEDDED,
      WORKBOOK_CACHE: cache,
      WORKBOOK_MAVEN_REPO: url,
      WORKBOOK_LOCAL_MAVEN: path.join(cache, 'none'),
    };
  };

  test('that is cut each time names the artifact, and the way to another repository', async () => {
    const { url } = await startRepository(sendHalf);
    expectRefusal(await refused(fromRepository(url), 'lab', '03'), 'Could not download', 'WORKBOOK_MAVEN_REPO');
  });

  test('of other bytes than the lock’s is refused', async () => {
    const { url } = await startRepository((response) => response.end(Buffer.alloc(20_000_000, 'not a jar')));
    expectRefusal(await refused(fromRepository(url), 'lab', '03'), 'the lock says', 'WORKBOOK_MAVEN_REPO');
  });
});

test('a cache that is no folder is named', async () => {
  const file = path.join(scratchFolder('no-cache'), 'file');
  fs.writeFileSync(file, '');
  const ended = await finished(startWith({ env: { WORKBOOK_CACHE: file } }, 'lab', '03'));
  expectRefusal(ended, `The workbook's cache, ${file}, cannot be written`, 'WORKBOOK_CACHE=');
});

test.runIf(fs.existsSync('/dev/full'))(
  'an output that takes nothing ends a verb, which says so on stderr',
  async () => {
    const cache = cacheWithKafka();
    const full = fs.openSync('/dev/full', 'w');
    const running = startWith({ env: { ...EMBEDDED, WORKBOOK_CACHE: cache }, stdout: full }, 'lab', '03');
    fs.closeSync(full);
    expectRefusal(await finished(running), 'could not be written', 'a disk with space');
    await expectNothingLeft(cache);
  },
);
