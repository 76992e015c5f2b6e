import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import { cacheFolder } from '../machine/cache.ts';
import { GuidedError } from '../machine/guided-error.ts';
import { runScript, scratchCache } from '../machine/test-cache.ts';
import { waitUntil } from '../machine/wait-until.ts';
import { fetchArtifacts } from './artifacts.ts';
import { type Answer, JAR, JAR_PATH, locked, sendHalf, startRepository, whole } from './test-repository.ts';

scratchCache();
beforeEach(() => vi.stubEnv('WORKBOOK_LOCAL_MAVEN', cacheFolder('local-maven')));

/** The only repository that there is for the test. */
async function repository(answer: Answer) {
  const started = await startRepository(answer);
  vi.stubEnv('WORKBOOK_MAVEN_REPO', started.url);
  return started;
}

const cached = () => fs.readdirSync(cacheFolder('artifacts'));

test('an artifact is fetched once and then comes from the cache', async () => {
  const { requests } = await repository(whole);
  const [file = ''] = await fetchArtifacts([locked()]);
  expect(fs.readFileSync(file)).toEqual(JAR);
  await fetchArtifacts([locked()]);
  expect(requests).toEqual([JAR_PATH]);
});

test('the progress ends at the total', async () => {
  await repository(whole);
  const reports: number[][] = [];
  await fetchArtifacts([locked()], (done, total) => reports.push([done, total]));
  expect(reports.at(-1)).toEqual([JAR.length, JAR.length]);
});

test('other bytes than the lock’s are refused, with both hashes in the sentence', async () => {
  const { requests } = await repository((response) => response.end(Buffer.alloc(JAR.length, 'something else')));
  const refused = fetchArtifacts([locked()]);
  await expect(refused).rejects.toThrow(GuidedError);
  await expect(refused).rejects.toThrow(
    new RegExp(`org.example:thing:1.0 .*SHA-256 is [0-9a-f]{64}, the lock says ${locked().sha256}`),
  );
  expect(requests).toHaveLength(1);
  expect(cached()).toEqual([]);
});

test.each<[string, Answer]>([
  ['a connection cut in the middle', sendHalf],
  ['half an answer that claims to be whole', (response) => response.end(JAR.subarray(0, 1000))],
  ['HTTP 503', (response) => response.writeHead(503).end()],
])('%s is tried again', async (_, fault) => {
  const { requests } = await repository((response, attempt) => (attempt < 3 ? fault : whole)(response, attempt));
  const [file = ''] = await fetchArtifacts([locked()]);
  expect(fs.readFileSync(file)).toEqual(JAR);
  expect(requests).toHaveLength(3);
  expect(cached()).toHaveLength(1);
});

test('what a repository does not have is not asked for again', async () => {
  const { requests } = await repository((response) => response.writeHead(404).end());
  await expect(fetchArtifacts([locked()])).rejects.toThrow(/HTTP 404/);
  expect(requests).toHaveLength(1);
});

test('after an interruption the download starts again; half a file is never taken for the jar', async () => {
  let healthy = false;
  const { requests } = await repository((response) => {
    if (healthy) response.end(JAR);
    else response.writeHead(200).write(JAR.subarray(0, 1000)); // and then silence
  });
  const first = runScript('maven/test-programs/fetch-jar.ts', [JSON.stringify([locked()])]);
  await waitUntil(() => requests.length === 1, 20_000, 'the first download to begin');
  first.child.kill('SIGKILL');
  const target = cacheFolder('artifacts', `${locked().sha256.slice(0, 16)}-thing-1.0.jar`);
  fs.writeFileSync(`${target}.dead.part`, JAR.subarray(0, 1000));
  expect(fs.existsSync(target)).toBe(false);
  healthy = true;
  expect(await fetchArtifacts([locked()])).toEqual([target]);
  expect(fs.readFileSync(target)).toEqual(JAR);
});

test('two processes may fetch the same artifact at once', async () => {
  await repository(whole);
  const args = [JSON.stringify([locked()])];
  const both = [1, 2].map(() => runScript('maven/test-programs/fetch-jar.ts', args));
  await waitUntil(() => both.every(({ output }) => output().includes('\n')), 20_000, 'both downloads');
  const [first, second] = both.map(({ output }) => JSON.parse(output()) as string[]);
  expect(first).toEqual(second);
  expect(fs.readFileSync(first?.[0] ?? '')).toEqual(JAR);
  expect(cached()).toHaveLength(1);
});

test('the local Maven repository is asked first, and not trusted', async () => {
  const { requests } = await repository(whole);
  const local = path.join(cacheFolder('local-maven'), JAR_PATH);
  fs.mkdirSync(path.dirname(local), { recursive: true });
  fs.writeFileSync(local, 'tampered with');
  await fetchArtifacts([locked()]);
  expect(requests).toHaveLength(1);
  fs.rmSync(cacheFolder('artifacts'), { recursive: true });
  fs.writeFileSync(local, JAR);
  await fetchArtifacts([locked()]);
  expect(requests).toHaveLength(1);
});
