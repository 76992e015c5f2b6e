// The report of a batch as an instructor opens it, when everything that strangers could write wants to be more than text.
import fs from 'node:fs';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import express from 'express';
import { chromium } from 'playwright-core';
import { expect, onTestFinished, test } from 'vitest';
import { HOSTILE_TEXTS } from '#docs/site/hostile-texts.ts';
import type { Report } from '../grader/verdict.ts';
import { CHROMIUM, hasChromium, openPage, seriousViolations } from '../testing/browser.ts';
import { scratchFolder } from '../testing/scratch-machine.ts';
import type { Batch, Judged } from './outcome.ts';
import { cellOf } from './outcome.ts';
import { cannotGrade } from './run-job.ts';
import { writeReport } from './write-report.ts';

const TOPICS = { folder: '02-topics', title: 'Topics' };
const PRODUCER = { folder: '03-producer', title: 'The order service as a producer' };

function reportOf(verdict: 'passed' | 'failed', evidence: string): Report {
  const words = { why: evidence, next: evidence, evidence };
  const check = {
    id: 'published',
    title: evidence,
    verdict,
    points: verdict === 'passed' ? 6 : 0,
    maxPoints: 6,
    ...words,
  };
  const [points, maxPoints] = [check.points, check.maxPoints];
  return {
    chapter: TOPICS.folder,
    subject: evidence,
    verdict,
    points,
    maxPoints,
    durationMs: 1,
    parts: [],
    checks: [check],
  };
}

function judgedOf(name: string, index: number): Judged {
  const intake = {
    chapters: { [TOPICS.folder]: { digest: name } },
    refusedChapters: { [PRODUCER.folder]: name },
    leftOut: [{ name, why: name }],
    changedElsewhere: [name],
  };
  const handIn = { name, slug: `hand-in-${index}`, place: name };
  return { handIn, intake, reports: new Map([[TOPICS.folder, reportOf(index % 2 ? 'failed' : 'passed', name)]]) };
}

function batchOf(judged: Judged[]): Batch {
  const facts = { isolation: 'namespaces', workbook: '0.1.0', finishedAt: '2026-01-02T03:04:05.000Z' } as const;
  return { chapters: [TOPICS, PRODUCER], judged, ...facts };
}

/** The report's folder behind an address of this machine, for as long as the test runs. */
async function served(folder: string): Promise<string> {
  const app = express().get('/favicon.ico', (_request, response) => void response.status(204).end());
  const server = app.use(express.static(folder)).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

test.runIf(hasChromium)(
  'hostile names, files and evidence are text, every cell leads to its checks, and axe finds nothing serious',
  async () => {
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
    onTestFinished(() => browser.close());
    const out = scratchFolder('report');
    writeReport(batchOf(HOSTILE_TEXTS.map(judgedOf)), out);
    const page = await openPage(browser, `${await served(out)}index.html`, { bypassCSP: true });
    const harm = () => page.locator('script, img, iframe, svg, base, a[href^="javascript:"]').count();
    expect(await harm()).toBe(0);
    expect(await page.locator('tbody').first().locator('tr').count()).toBe(HOSTILE_TEXTS.length);
    expect(await page.locator('tbody th').first().innerText()).toContain('<script>');
    expect(await seriousViolations(page)).toEqual([]);
    const links = await page
      .locator('td a[href^="learners/"]')
      .evaluateAll((all) => all.map((a) => a.getAttribute('href')));
    expect(links).toHaveLength(2 * HOSTILE_TEXTS.length);
    for (const link of links.filter((each) => each?.endsWith(TOPICS.folder))) {
      await page.goto(new URL(link ?? '', page.url().replace(/learners\/.*/, '')).href);
      expect(await page.locator(`section[id="${TOPICS.folder}"] details`).count()).toBe(1);
      expect(await harm()).toBe(0);
      expect(await page.title()).not.toBe('taken');
    }
    expect(await seriousViolations(page)).toEqual([]);
  },
);

test('a report takes nothing away that is not its own', () => {
  const out = scratchFolder('report');
  const others = ['learners/ana/labs/topics.ts', 'notes.txt'].map((file) => path.join(out, file));
  for (const file of others) {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, 'mine');
  }
  fs.writeFileSync(path.join(out, 'learners', 'of-an-earlier-batch.html'), 'old');
  writeReport(batchOf([judgedOf('ana', 0)]), out);
  for (const file of others) expect(fs.readFileSync(file, 'utf8')).toBe('mine');
  expect(fs.readdirSync(path.join(out, 'learners')).toSorted()).toEqual(['ana', 'hand-in-0.html']);
});

test('points of checks that never came to run are open, and not lost', () => {
  const chapter = { folder: TOPICS.folder } as Parameters<typeof cannotGrade>[1];
  const whole = judgedOf('ana', 0);
  const half: Report = { ...reportOf('failed', 'x'), maxPoints: 2, points: 0 };
  const died = {
    ...half,
    checks: [
      { ...(half.checks[0] as Report['checks'][number]), maxPoints: 2 },
      ...cannotGrade('', chapter as never, 'it died').checks,
    ],
  };
  const withReport = (name: string, report: Report) => ({
    ...judgedOf(name, 1),
    reports: new Map([[TOPICS.folder, report]]),
  });
  const batch = batchOf([
    whole,
    withReport('ben', died),
    withReport('cem', cannotGrade('', chapter as never, 'no memory')),
  ]);
  const open = batch.judged.map((one) => cellOf(batch, one, TOPICS.folder).open);
  expect(open).toEqual([0, 4, 6]);
});
