// Programs that hang, flood, lie and fight: each gets one clear sentence and the verdict "failed", and nothing is left.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { Run } from '#infra/machine/run.ts';
import { compile, linkPackages } from '#shared/testing/compile.ts';
import { Program } from '#shared/testing/program.ts';
import { describeExit } from '#shared/testing/service.ts';
import { findChapter } from './chapters.ts';
import { grade } from './grader/grade.ts';

async function judge(program: string, only: string) {
  const run = Run.begin();
  const subject = fs.mkdtempSync(path.join(os.tmpdir(), 'hostile-'));
  fs.mkdirSync(path.join(subject, '03-producer'));
  fs.writeFileSync(path.join(subject, '03-producer', 'order-service.ts'), program);
  try {
    const report = await grade(subject, findChapter('03'), { run, only });
    expect(report.checks).toHaveLength(1);
    return report;
  } finally {
    run.dispose();
    fs.rmSync(subject, { recursive: true });
  }
}

const READY = `
  import http from 'node:http';
  http.createServer((request, response) => response.end('{}')).listen(Number(process.env.PORT), '127.0.0.1');
`;

// At the same time, because most of them are waits for a service that never gets ready.
test.concurrent.each([
  ['never listens', 'setInterval(() => {}, 1000);', 'no answer: connect ECONNREFUSED'],
  [
    'listens on another port',
    READY.replace('Number(process.env.PORT)', 'Number(process.env.PORT) + 1'),
    'no answer: connect ECONNREFUSED',
  ],
  ['floods its log', "for (;;) process.stdout.write('x'.repeat(65536) + String.fromCharCode(10));", 'is running'],
  ['spins for ever', 'for (;;);', 'no answer'],
  [
    'kills its parent',
    "process.kill(process.ppid, 'SIGKILL'); setInterval(() => {}, 1000);",
    'an attack: it sent SIGKILL',
  ],
  [
    'terminates its parent',
    "process.kill(process.ppid, 'SIGTERM'); setInterval(() => {}, 1000);",
    'an attack: it sent SIGTERM',
  ],
  ['reads what it must not', "import fs from 'node:fs';\nfs.readFileSync('/etc/passwd');", 'ERR_ACCESS_DENIED'],
  ['starts a process', "import { spawn } from 'node:child_process';\nspawn('sleep', ['60']);", 'ERR_ACCESS_DENIED'],
])('a program that %s has failed', async (_what, program, evidence) => {
  const { verdict, checks } = await judge(program, 'ready');
  expect(verdict).toBe('failed');
  expect(checks[0]?.evidence).toContain(evidence);
});

test('a program that prints a report of its own is judged by what it does', async () => {
  const fake = JSON.stringify({ chapter: '03-producer', verdict: 'passed', points: 100, maxPoints: 100, checks: [] });
  const { verdict } = await judge(`${READY}\nconsole.log(${JSON.stringify(fake)});`, 'accepted');
  expect(verdict).toBe('failed');
});

test('a program that ignores SIGTERM is seen doing so, and is gone afterwards', async () => {
  const run = Run.begin();
  try {
    const folder = run.makeFolder('job');
    linkPackages(folder);
    const source = path.join(folder, 'stubborn.ts');
    fs.writeFileSync(
      source,
      "process.on('SIGTERM', () => console.log('no')); setInterval(() => {}, 1000); console.log('up');",
    );
    const compiled = await compile(source, folder);
    if (!compiled.ok) throw new Error(compiled.sentence);
    const heard: string[] = [];
    const program = Program.start({ file: compiled.file, env: {}, folder, run, onLine: (line) => heard.push(line) });
    await expect.poll(() => heard, { timeout: 10_000 }).toContain('up');
    program.signal('SIGTERM');
    await expect.poll(() => heard, { timeout: 10_000 }).toContain('no');
    expect(program.exit).toBeUndefined();
    await program.kill();
    expect(describeExit(await program.waitForExit(1_000))).toBe('signal SIGKILL');
  } finally {
    run.dispose();
  }
});
