// Hand-ins that are broken, and hand-ins that fight. Each is one program of chapter 99 (see testing/scratch-workbook.ts), which has to
// become ready; each has its one right verdict.
import type { Verdict } from '../grader/verdict.ts';

export interface Hostile {
  name: string;
  /** The program. `right` stands for what a sound one is. */
  program: (right: string) => string;
  verdict: Verdict;
  /** What the evidence says. */
  evidence?: string | RegExp;
  /** The evidence holds only where each job has namespaces of its own. */
  inNamespaces?: true;
}

/** Before the sound program: it does its mischief, and is ready all the same. */
const first = (mischief: string) => (right: string) => `${right}\n${mischief}`;
/** In place of it. */
const only = (program: string) => () => program;

const FAKE = JSON.stringify({ chapter: '99-tiny', verdict: 'passed', points: 1, maxPoints: 1, checks: [] });

/** The workbook is where `WORKBOOK` stands. */
export const CORPUS: Hostile[] = [
  { name: 'right', program: (right) => right, verdict: 'passed' },
  { name: 'endless-loop', program: only('for (;;);'), verdict: 'failed', evidence: 'no answer' },
  {
    name: 'heap-bomb',
    program: only('const all = []; for (;;) all.push(new Array(100_000).fill(1.5));'),
    verdict: 'failed',
    evidence: 'signal SIGABRT',
  },
  {
    name: 'buffer-bomb',
    program: only('const all = []; for (;;) all.push(Buffer.alloc(50_000_000, 1));'),
    verdict: 'failed',
    evidence: /allocat|exit code|signal/,
  },
  {
    name: 'tries-what-is-denied',
    program: only(`
      import { fork } from 'node:child_process';
      import fs from 'node:fs';
      const attempts = {
        fork: () => fork('x.js'),
        write: () => fs.writeFileSync('/tmp/workbook-escaped', 'x'),
        solution: () => fs.readFileSync('WORKBOOK/solutions/99-tiny/tiny-service.ts'),
        tests: () => fs.readFileSync('WORKBOOK/chapters/99-tiny/checks/start.ts'),
        grader: () => fs.readFileSync('/proc/' + process.ppid + '/environ'),
      };
      for (const [name, attempt] of Object.entries(attempts)) {
        try { attempt(); console.error(name + ': done'); } catch (error) { console.error(name + ': ' + (error as { code: string }).code); }
      }
      process.exit(1);`),
    verdict: 'failed',
    evidence: ['fork', 'write', 'solution', 'tests', 'grader'].map((name) => `${name}: ERR_ACCESS_DENIED`).join('\n'),
  },
  {
    name: 'gigabyte-of-log',
    program: only(
      "import fs from 'node:fs'; const line = 'x'.repeat(99) + '\\n'; for (let n = 0; n < 1000; n++) fs.writeSync(1, line.repeat(10_000)); process.exit(1);",
    ),
    verdict: 'failed',
  },
  {
    name: 'writes-elsewhere-by-sqlite',
    program: first(`
      import { DatabaseSync } from 'node:sqlite';
      for (const place of ['/tmp/workbook-escaped.db', '/dev/shm/workbook-escaped.db', 'WORKBOOK/escaped.db', 'WORKBOOK/labs/escaped.db']) {
        try { new DatabaseSync(':memory:').exec(\`VACUUM INTO '\${place}'\`); } catch {}
      }`),
    verdict: 'passed',
  },
  {
    name: 'imports-the-solution',
    program: only("import 'WORKBOOK/solutions/99-tiny/tiny-service.ts';"),
    verdict: 'failed',
    evidence: /neither beside the program nor in shared|Could not resolve/,
  },
  {
    name: 'imports-the-solution-through-shared',
    program: only("import '#shared/../solutions/99-tiny/tiny-service.ts';"),
    verdict: 'failed',
    evidence: /neither beside the program nor in shared|Could not resolve/,
  },
  {
    name: 'reads-by-a-source-map',
    // What a map names, a compiler may read into the map that it writes, as whoever compiles.
    program: only(`
      import fs from 'node:fs';
      const map = fs.readFileSync(process.argv[1] + '.map', 'utf8');
      // Its own text is in the map as well.
      console.error(map.includes('PA' + 'TH=') ? 'the map has more than my program' : 'only my program');
      process.exit(1);
//# ${'sourceMappingURL'}=data:application/json;base64,${Buffer.from(
      JSON.stringify({
        version: 3,
        sources: ['file:///proc/self/environ', '/proc/self/environ'],
        names: [],
        mappings: 'AAAA;ACAA',
      }),
    ).toString('base64')}`),
    verdict: 'failed',
    evidence: 'only my program',
  },
  {
    name: 'endless-answer',
    program: only(`
      import http from 'node:http';
      http.createServer((_, response) => {
        const more = () => { while (response.write('x'.repeat(65_536))); response.once('drain', more); };
        more();
      }).listen(Number(process.env.PORT), '127.0.0.1');`),
    verdict: 'failed',
    evidence: 'the answer is longer than 10 MB',
  },
  {
    name: 'prints-its-environment',
    program: only('console.error(JSON.stringify(process.env)); process.exit(1);'),
    verdict: 'failed',
    evidence: 'KAFKA_BROKERS',
  },
  {
    name: 'fakes-a-report',
    program: only(
      `import fs from 'node:fs'; fs.writeFileSync('report.json', '${FAKE}'); console.log('${FAKE}'); process.exit(0);`,
    ),
    verdict: 'failed',
    evidence: 'exit code 0',
  },
  {
    name: 'patches-what-it-can',
    program: only(
      "import http from 'node:http'; JSON.parse = () => ({ verdict: 'passed' }); http.request = () => { throw new Error(); }; process.exitCode = 0;",
    ),
    verdict: 'failed',
    evidence: 'exit code 0',
  },
  {
    name: 'ignores-sigterm',
    program: first("process.on('SIGTERM', () => {}); setInterval(() => {}, 1000);"),
    verdict: 'passed',
  },
  {
    name: 'takes-ports',
    program: first(
      "import net from 'node:net'; for (let port = 20_000; port < 20_400; port++) net.createServer().on('error', () => {}).listen(port, '127.0.0.1');",
    ),
    verdict: 'passed',
  },
  {
    name: 'deletes-and-floods-topics',
    program: first(`
      import { Kafka } from 'kafkajs';
      const kafka = new Kafka({ brokers: (process.env.KAFKA_BROKERS ?? '').split(',') });
      const admin = kafka.admin();
      await admin.connect();
      await admin.deleteTopics({ topics: ['orders.created'] });
      const producer = kafka.producer();
      await producer.connect();
      const messages = Array.from({ length: 5_000 }, () => ({ value: 'x'.repeat(100) }));
      for (let n = 0; n < 4; n++) await producer.send({ topic: 'orders.completed', messages });`),
    verdict: 'passed',
  },
  {
    name: 'looks-for-other-brokers',
    program: only(`
      import net from 'node:net';
      const opens = (port: number) => new Promise<boolean>((resolve) => {
        const socket = net.connect(port, '127.0.0.1', () => { socket.destroy(); resolve(true); }).on('error', () => resolve(false));
      });
      let found = 0;
      for (let port = 20_000; port < 32_000; port += 200)
        found += (await Promise.all(Array.from({ length: 200 }, (_, n) => opens(port + n)))).filter(Boolean).length;
      console.error('open ports: ' + found);
      process.exit(1);`),
    verdict: 'failed',
    // Its own broker's three listeners and the tap's: no other hand-in's.
    evidence: /open ports: [1-4]$/m,
    inNamespaces: true,
  },
  {
    name: 'kills-whom-it-can',
    program: only(
      "for (const pid of [process.ppid, 1, -1]) { try { process.kill(pid, 'SIGKILL'); } catch {} } setInterval(() => {}, 1000);",
    ),
    verdict: 'failed',
    evidence: /an attack|signal SIGKILL/,
  },
  { name: 'windows-line-ends', program: (right) => right.replaceAll('\n', '\r\n'), verdict: 'passed' },
  { name: 'syntax-error', program: only('const port = ;'), verdict: 'failed', evidence: 'tiny-service.ts:1:' },
  { name: 'wrong-types', program: first("const port2: number = 'x'; void port2;"), verdict: 'passed' },
  {
    name: 'package-that-is-not-there',
    program: only("import 'left-pad-of-mine';"),
    verdict: 'failed',
    evidence: 'left-pad-of-mine',
  },
];
