// `npm run grade` on hand-ins that are right, broken and hostile: each gets its verdict, and nothing is left on the machine.
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { dockerEngine } from '#infra/kafka/docker-engine.ts';
import { waitUntil } from '#infra/machine/wait-until.ts';
import { writeTar, writeTarBomb, writeZip } from '../testing/archives.ts';
import { ISOLATED, isolated } from '../testing/isolated.ts';
import { cacheWithKafka, ensureKafka, expectNothingLeft, scratchFolder } from '../testing/scratch-machine.ts';
import { addTinyChapter, scratchWorkbook } from '../testing/scratch-workbook.ts';
import { fill, MAY_MOUNT, smallDisk } from '../testing/small-disk.ts';
import { expectRefusal, finished, startWith } from '../testing/verb-process.ts';
import { CORPUS } from './corpus.ts';
import { isHandInUid } from './isolation.ts';

const LIMIT_MS = 900_000;
const LAB = 'labs/99-tiny';
const PROGRAM = `${LAB}/tiny-service.ts`;

interface Data {
  isolation: string;
  couldNotGrade: { handIn: string; chapter: string; reason: string }[];
  handIns: {
    name: string;
    trouble?: string;
    leftOut: { name: string; why: string }[];
    changedElsewhere: string[];
    chapters: { chapter: string; verdict: string; points: number; checks: { evidence: string }[] }[];
  }[];
}

/** A workbook with chapter 99, a cache of its own, and a folder for hand-ins. */
async function instructor(parts: Record<string, string> = { WORKBOOK_PARTS: 'embedded' }) {
  await ensureKafka();
  const workbook = await scratchWorkbook();
  await addTinyChapter(workbook);
  fs.chmodSync(workbook, 0o755);
  const handIns = scratchFolder('hand-ins');
  const [cache, out] = [cacheWithKafka(), path.join(handIns, '.report')];
  const env = { WORKBOOK_CACHE: cache, SECRET_OF_THE_GRADER: 'hunter2', ...parts };
  const right = fs.readFileSync(path.join(workbook, 'solutions/99-tiny/tiny-service.ts'), 'utf8');
  const give = (name: string, files: Record<string, string>) => {
    for (const [file, text] of Object.entries(files)) {
      fs.mkdirSync(path.join(handIns, name, path.dirname(file)), { recursive: true });
      fs.writeFileSync(path.join(handIns, name, file), text);
    }
  };
  const begin = (...args: string[]) =>
    startWith({ workbook, env }, 'grade', handIns, '--chapter', '99', '--out', out, '--jobs', '3', ...args);
  const data = () => JSON.parse(fs.readFileSync(path.join(out, 'results.json'), 'utf8')) as Data;
  return { workbook, handIns, cache, out, right, give, begin, data };
}

const DOCKER_ANSWERS = ISOLATED && (await dockerEngine().then(Boolean, () => false));
/** What reaches for others, and what outlives its job. */
const REACHING = ['right', 'writes-elsewhere-by-sqlite', 'kills-whom-it-can'];

test.skipIf(!DOCKER_ANSWERS)(
  isolated('with brokers in Docker hand-ins run as users of their own, one after another, and nothing is left'),
  async () => {
    const { workbook, cache, right, give, begin, data } = await instructor({
      WORKBOOK_PARTS: 'docker',
      WORKBOOK_KAFKA_IMAGE: process.env.WORKBOOK_KAFKA_IMAGE || 'own',
    });
    const hostile = CORPUS.filter(({ name }) => REACHING.includes(name));
    for (const { name, program } of hostile) give(name, { [PROGRAM]: program(right).replaceAll('WORKBOOK', workbook) });
    const { code, output } = await finished(begin(), LIMIT_MS);
    expect(code, output).toBe(0);
    expect(data().isolation).toBe('user');
    const verdicts = data().handIns.map(({ name, chapters }) => `${name} ${chapters[0]?.verdict}`);
    expect(verdicts.toSorted()).toEqual(hostile.map(({ name, verdict }) => `${name} ${verdict}`).toSorted());
    await expectNothingLeft(cache);
    expect(leftByHandIns()).toEqual([]);
    expect(fs.globSync('/{tmp,dev/shm}/workbook-escaped*')).toEqual([]);
  },
  LIMIT_MS,
);

/** Processes of the users that hand-ins run as, and what these have left where everybody may write. */
function leftByHandIns(): string[] {
  const owner = (place: string) => fs.lstatSync(place, { throwIfNoEntry: false })?.uid ?? 0;
  const pids = fs.existsSync('/proc') ? fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name)) : [];
  const files = ['/tmp', '/var/tmp', '/dev/shm'].flatMap((folder) =>
    fs.existsSync(folder) ? fs.readdirSync(folder).map((name) => path.join(folder, name)) : [],
  );
  return [...pids.map((pid) => `/proc/${pid}`), ...files].filter((place) => isHandInUid(owner(place)));
}

test.skipIf(!ISOLATED)(
  isolated('the corpus: every hand-in has its verdict, and nothing is left'),
  async () => {
    const { workbook, handIns, cache, out, right, give, begin, data } = await instructor();
    for (const { name, program } of CORPUS) give(name, { [PROGRAM]: program(right).replaceAll('WORKBOOK', workbook) });
    const starter = fs.readFileSync(path.join(workbook, 'chapters/99-tiny/starter/tiny-service.ts'), 'utf8');
    give('as shipped', { [PROGRAM]: starter.replaceAll('\n', '\r\n') });
    give(`Zoë "the 'quoted'" Ünïcode`, {
      [`${LAB}/meine Datei's "x".ts`]: right,
      [PROGRAM]: `import "./meine Datei's \\"x\\".ts";`,
    });
    give('folder-for-a-file', { [`${PROGRAM}/${path.basename(PROGRAM)}`]: right });
    give('missing-file', { [`${LAB}/other.ts`]: right });
    give('edits-the-grader', {
      [PROGRAM]: 'process.exit(0);',
      'chapters/99-tiny/checks/start.ts': '// no checks',
      'package.json': '{}',
      'scripts/test.ts': 'process.exit(0);',
    });
    give('<img src=x onerror=alert(1)>', { [PROGRAM]: "console.error('<script>alert(1)</script>'); process.exit(1);" });
    give('no-labs', { 'README.md': 'I have lost it.' });
    fs.writeFileSync(path.join(handIns, 'broken.zip'), 'PK\u0003\u0004 and then nothing');
    writeZip(path.join(handIns, 'zip-with-tricks.zip'), [
      { name: `tricks-main/${PROGRAM}`, content: right },
      { name: `tricks-main/${LAB}/../../../../tmp/workbook-escaped`, content: 'x' },
      { name: '/tmp/workbook-escaped', content: 'x' },
      { name: `tricks-main/${LAB}/link.ts`, link: '/etc/passwd' },
      { name: `tricks-main/${LAB}/bomb.ts`, content: Buffer.alloc(80_000_000, 32) },
    ]);
    await writeTar(path.join(handIns, 'tar-with-a-link.tar.gz'), [
      { name: PROGRAM, link: path.join(workbook, 'solutions/99-tiny/tiny-service.ts') },
      { name: `${LAB}/README.md`, content: 'See the link.' },
    ]);
    await writeTarBomb(path.join(handIns, 'tar-bomb.tgz'), 1_100);

    let { code, output } = await finished(begin(), LIMIT_MS);
    // What a busy machine could not grade is tried again, as an instructor would.
    const troubled = () => data().couldNotGrade.some(({ chapter }) => chapter === '99-tiny');
    if (troubled()) ({ code, output } = await finished(begin('--resume'), LIMIT_MS));
    const batch = data();
    const of = (name: string) => batch.handIns.find((one) => one.name === name);
    const outcome = (name: string) => of(name)?.chapters[0];
    const seen = (name: string) =>
      outcome(name)
        ?.checks.map(({ evidence }) => evidence)
        .join('\n') ?? '';
    for (const { name, verdict, evidence, inNamespaces } of CORPUS) {
      expect(outcome(name)?.verdict, `${name}: ${seen(name)}`).toBe(verdict);
      if (inNamespaces && batch.isolation !== 'namespaces') continue;
      if (evidence instanceof RegExp) expect(seen(name)).toMatch(evidence);
      else if (evidence) expect(seen(name)).toContain(evidence);
    }
    expect(outcome('as shipped')?.verdict).toBe('not attempted');
    expect(outcome(`Zoë "the 'quoted'" Ünïcode`)?.verdict).toBe('passed');
    expect(outcome('missing-file')?.verdict).toBe('failed');
    expect(outcome('folder-for-a-file')?.verdict).toBe('failed');
    expect(seen('missing-file')).toContain(`${PROGRAM} does not exist`);
    expect(outcome('edits-the-grader')?.verdict).toBe('failed');
    expect(of('edits-the-grader')?.changedElsewhere).toEqual(
      expect.arrayContaining([
        'chapters/99-tiny/checks/start.ts (changed)',
        'package.json (changed)',
        'scripts/test.ts (changed)',
      ]),
    );
    expect(outcome('zip-with-tricks')?.verdict).toBe('passed');
    expect(of('zip-with-tricks')?.leftOut.map(({ why }) => why)).toEqual(
      expect.arrayContaining([
        expect.stringContaining('leads elsewhere'),
        expect.stringContaining('a link'),
        'it has more than 1 MB',
      ]),
    );
    expect(outcome('tar-with-a-link')?.verdict).toBe('failed');
    expect(batch.couldNotGrade.map(({ handIn }) => handIn).toSorted()).toEqual(['broken', 'no-labs', 'tar-bomb']);
    expect(batch.couldNotGrade.find(({ handIn }) => handIn === 'tar-bomb')?.reason).toContain(
      'unpacks to more than 1000 MB',
    );
    expect(code, output).toBe(4);

    const everything = fs
      .readdirSync(out, { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.(json|html|csv)$/.test(file));
    for (const file of everything) expect(fs.readFileSync(path.join(out, file), 'utf8'), file).not.toContain('hunter2');
    expect(fs.readFileSync(path.join(out, 'grades.csv'), 'utf8')).toMatch(
      /^"Zoë ""the 'quoted'"" Ünïcode",99-tiny,passed,1,0,1,/m,
    );
    await expectNothingLeft(cache);
    expect(leftByHandIns()).toEqual([]);
    expect(fs.existsSync('/tmp/workbook-escaped')).toBe(false);
    expect(fs.existsSync(path.join(workbook, 'escaped.db'))).toBe(false);
  },
  2 * LIMIT_MS,
);

test.skipIf(!ISOLATED)(
  isolated('a batch that is killed goes on with --resume, and ends in the same report'),
  async () => {
    const { cache, out, right, give, begin, data } = await instructor();
    for (const name of ['ana', 'ben', 'cem', 'dua']) give(name, { [PROGRAM]: right });
    give('eva', { [PROGRAM]: 'process.exit(1);' });
    const killed = begin();
    await waitUntil(() => / 2\/5 /.test(killed.output), LIMIT_MS, 'two hand-ins to be graded');
    process.kill(killed.child.pid ?? 0, 'SIGKILL');
    await finished(killed);
    const saved = fs.readdirSync(path.join(out, 'results'));
    expect(saved.length).toBeGreaterThanOrEqual(2);
    const before = saved.map((name) => fs.readFileSync(path.join(out, 'results', name, '99-tiny.json'), 'utf8'));

    expectRefusal(await finished(begin()), 'holds the results of an earlier batch', '--resume');
    // An uninterrupted batch at the same time: neither ends the other's programs.
    const whole = scratchFolder('report');
    const both = [begin('--resume'), begin('--out', whole)].map((running) => finished(running, LIMIT_MS));
    for (const { code, output } of await Promise.all(both)) expect(code, output).toBe(0);
    const after = saved.map((name) => fs.readFileSync(path.join(out, 'results', name, '99-tiny.json'), 'utf8'));
    expect(after).toEqual(before);
    const verdicts = data().handIns.map(
      ({ name, chapters }) => `${name} ${chapters[0]?.verdict} ${chapters[0]?.points}`,
    );
    const grades = (folder: string) => fs.readFileSync(path.join(folder, 'grades.csv'), 'utf8');
    expect(grades(out)).toBe(grades(whole));
    expect(verdicts).toEqual(['ana passed 1', 'ben passed 1', 'cem passed 1', 'dua passed 1', 'eva failed 0']);
    await expectNothingLeft(cache);
    expect(leftByHandIns()).toEqual([]);
    expect(fs.globSync(`/tmp/workbook-grade-${killed.child.pid}-*`)).toEqual([]);
  },
  LIMIT_MS,
);

test.skipIf(!ISOLATED || !MAY_MOUNT)(
  isolated('a batch whose report finds no space says where, and goes on once there is some'),
  async () => {
    const { cache, right, give, begin } = await instructor();
    for (const name of ['ana', 'ben']) give(name, { [PROGRAM]: right });
    const disk = smallDisk(1_000_000);
    const out = path.join(disk, 'report');
    fs.mkdirSync(out);
    fill(disk);
    const full = await finished(begin('--out', out), LIMIT_MS);
    expectRefusal(full, `The disk is full: there is no space left in ${out}`, 'free some space there');
    await expectNothingLeft(cache);
    expect(leftByHandIns()).toEqual([]);

    fs.rmSync(path.join(disk, 'filler'));
    const { code, output } = await finished(begin('--out', out, '--resume'), LIMIT_MS);
    expect(code, output).toBe(0);
    expect(fs.readFileSync(path.join(out, 'grades.csv'), 'utf8').match(/99-tiny,passed/g)).toHaveLength(2);
  },
  LIMIT_MS,
);
