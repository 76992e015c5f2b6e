// The reusable workflow's own scripts, run as its runner runs them, but for the places where things lie.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { WORKBOOK } from '#shared/testing/compile.ts';
import { findChapter } from '../chapters.ts';
import { ISOLATED, isolated } from '../testing/isolated.ts';
import { cacheWithKafka, ensureKafka, scratchFolder } from '../testing/scratch-machine.ts';
import { learnersEnvironment, NODE_FOLDER } from '../testing/verb-process.ts';

const LIMIT_MS = 120_000;
/** More files than are taken of a chapter. */
const TOO_MANY = Array.from({ length: 1_000 }, (_, number) => number);
const { folder, programs } = findChapter('02');
const PROGRAM = `labs/${folder}/${programs[0]}.ts`;

interface Workflow {
  jobs: { grade: { steps: { name?: string; run?: string }[] } };
}

const workflow = parse(fs.readFileSync(path.join(WORKBOOK, '.github/workflows/grade.yml'), 'utf8')) as Workflow;
const hasJq = spawnSync('jq', ['--version']).status === 0;

/** A runner with a push in its workspace. */
function runner(files: Record<string, string>, chapter = '02') {
  const root = scratchFolder('runner');
  for (const [file, text] of Object.entries(files)) {
    const target = path.join(root, 'hand-in', file);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target, text);
  }
  const place = (name: string) => path.join(root, name);
  const [bin, report, summary] = [place('bin'), place('report'), place('summary')];
  fs.mkdirSync(bin);
  // The tests are root already, and root without sudo's list of variables that it keeps.
  fs.writeFileSync(path.join(bin, 'sudo'), '#!/bin/sh\nexec "$@"\n', { mode: 0o755 });
  const env = {
    ...learnersEnvironment(),
    PATH: `${bin}:${NODE_FOLDER}:${process.env.PATH}`,
    JAVA_HOME: process.env.JAVA_HOME ?? '',
    WORKBOOK_CACHE: cacheWithKafka(),
    GITHUB_WORKSPACE: root,
    GITHUB_STEP_SUMMARY: summary,
    CHAPTER: chapter,
  };
  const step = (name: string) => {
    const run = workflow.jobs.grade.steps.find((each) => each.name === name)?.run ?? `echo "no step ${name}"; exit 99`;
    const script = run.replaceAll('/opt/workbook', WORKBOOK).replaceAll('/tmp/report', report);
    const { status, stdout, stderr } = spawnSync('bash', ['-e', '-o', 'pipefail', '-c', script], {
      env,
      encoding: 'utf8',
      timeout: LIMIT_MS,
    });
    return { status, output: stdout + stderr };
  };
  return { step, summary: () => fs.readFileSync(summary, 'utf8') };
}

describe.skipIf(!ISOLATED || !hasJq)(`${isolated('the workflow')}${hasJq ? '' : ' (skipped: it takes jq)'}`, () => {
  beforeAll(ensureKafka);

  test(
    'a push that is wrong is red, and its points are in the summary',
    () => {
      const { step, summary } = runner({ [PROGRAM]: 'this is no TypeScript' });
      const graded = step('Grade');
      expect(graded.status, graded.output).toBe(0);
      expect(step('Points').status).toBe(1);
      expect(summary()).toContain('failed');
    },
    LIMIT_MS,
  );

  test(
    'a push that could not be graded is a warning, and not red',
    () => {
      const { step } = runner(Object.fromEntries(TOO_MANY.map((number) => [`labs/${folder}/${number}.ts`, ''])));
      const graded = step('Grade');
      expect(graded.status, graded.output).toBe(0);
      expect(graded.output).toContain('::warning::');
      expect(step('Points').status).toBe(0);
    },
    LIMIT_MS,
  );

  test(
    'a chapter that there is not is an error of whoever calls the workflow',
    () => {
      const graded = runner({ [PROGRAM]: '' }, '77').step('Grade');
      expect(graded.status).not.toBe(0);
      expect(graded.output).toContain('77');
    },
    LIMIT_MS,
  );
});
