// The docs site as a reader meets it: the verbs, and the pages in a real browser.
import { once } from 'node:events';
import fs from 'node:fs';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import express from 'express';
import { Kafka, logLevel } from 'kafkajs';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { HOSTILE_TEXTS } from '#docs/site/hostile-texts.ts';
import { type SiteServer, serveSite } from '#docs/site/server.ts';
import { Site } from '#docs/site/site.ts';
import { writeSite } from '#docs/site/static-site.ts';
import { Run } from '#infra/machine/run.ts';
import { waitUntil } from '#infra/machine/wait-until.ts';
import { startRegistry } from '#infra/registry/registry.ts';
import { WORKBOOK } from '#shared/testing/compile.ts';
import { listChapters } from './chapters.ts';
import { liveRoutes } from './docs-site/live/routes.ts';
import { labRoute } from './docs-site/serve-docs.ts';
import {
  CHROMIUM,
  hasChromium,
  type OpenOptions,
  openPage,
  PATIENCE_MS,
  seriousViolations,
} from './testing/browser.ts';
import {
  breaksAndMends,
  onPage,
  postsAnOrder,
  showsAFewOfAFlood,
  showsHostileRecords,
  showsWhatSchemasDescribe,
  watchesTheLab,
} from './testing/live-page.ts';
import { cacheWithKafka, ensureKafka, expectNothingLeft, scratchFolder } from './testing/scratch-machine.ts';
import { addTinyChapter, scratchWorkbook } from './testing/scratch-workbook.ts';
import {
  expectRefusal,
  finished,
  LIMIT_MS,
  pressCtrlC,
  runsOf,
  type StartOptions,
  start,
  startWith,
} from './testing/verb-process.ts';

const PAGES = ['', 'chapters/03-producer/', 'chapters/05-saga/hints/', 'docs/contract/', 'search/?q=acks'];

const PHONE = { viewport: { width: 360, height: 740 } };

// A learner's machine may be without one; where the workbook is proven for all, nothing may be left out in silence.
test.skipIf(process.env.CI === undefined)('CI has a browser', () => {
  expect(hasChromium).toBe(true);
});

async function docs(options: StartOptions = {}) {
  const { env = {}, ...rest } = options;
  const running = startWith({ ...rest, env: { KAFKA_BROKERS: undefined, ...env } }, 'docs');
  await waitUntil(() => running.output.includes('Ctrl-C ends it'), LIMIT_MS, 'the site to be up');
  const [url = ''] = /http:[^\s;]+/.exec(running.output) ?? [];
  return { running, url };
}

test('a chapter weighs less than 300 kB with all that it loads', async () => {
  const { running, url } = await docs();
  const chapter = `${url}chapters/05-saga/`;
  let weight = 0;
  for (const part of [chapter, ...['site.css', 'theme.js', 'page.js'].map((name) => `${url}assets/${name}`)])
    weight += (await (await fetch(part)).arrayBuffer()).byteLength;
  expect(weight).toBeLessThan(300_000);
  pressCtrlC(running);
  const { code, child } = await finished(running);
  expect(code).toBe(130);
  expect(runsOf(child.pid)).toEqual([]);
});

test('docs:build does not empty a folder that is not its own', async () => {
  const refused = await finished(start('docs-build', path.join(WORKBOOK, 'shared')));
  expectRefusal(refused, 'is not an earlier build of this site', 'npm run docs:build');
});

describe.runIf(hasChromium)('in a browser', () => {
  let browser: Browser;
  let server: SiteServer;

  // The labs of these tests have caches of their own, linked to what is made once.
  beforeAll(ensureKafka);
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
    server = await serveSite(new Site({ root: WORKBOOK, chapters: listChapters(), live: false }), 0, () => {});
  });
  afterAll(async () => {
    await browser.close();
    await server.close();
  });

  const open = (address: string, options: OpenOptions = {}) => openPage(browser, server.url + address, options);

  test.each(PAGES)('axe finds nothing serious on the page %j, in light and in dark', async (address) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await open(address, { colorScheme, bypassCSP: true });
      expect(await seriousViolations(page)).toEqual([]);
    }
  });

  test('keys lead through the chapters, into the search, and to the list of keys', async () => {
    const page = await open('chapters/02-topics/');
    await page.keyboard.press('n');
    await page.waitForURL('**/chapters/03-producer/');
    await page.keyboard.press('p');
    await page.waitForURL('**/chapters/02-topics/');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the text');
    await page.keyboard.press('?');
    await page.locator('#shortcuts[open]').waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('/');
    await page.keyboard.type('idempotent');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/search/?q=idempotent');
    expect(await page.locator('#results li').count()).toBeGreaterThan(3);
    await page.locator('#results a').first().click();
    await page.waitForURL(/#./);
  });

  test('the chosen theme holds on the next page', async () => {
    const page = await open('docs/contract/', { colorScheme: 'light' });
    const paper = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
    const light = await paper();
    await page.keyboard.press('t');
    const dark = await paper();
    expect(dark).not.toBe(light);
    await page.goto(`${server.url}chapters/02-topics/`);
    expect(await paper()).toBe(dark);
  });

  test.each(PAGES)('the page %j fits a phone, its lists closed', async (address) => {
    const page = await open(address, PHONE);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(PHONE.viewport.width);
    expect(await page.locator('#menu').getAttribute('open')).toBeNull();
    await page.locator('#menu summary').first().click();
    await page.getByRole('link', { name: '02 Topics', exact: true }).first().click();
    await page.waitForURL('**/chapters/02-topics/');
  });

  test('everything can be read, searched and opened without script', async () => {
    const page = await open('', { javaScriptEnabled: false });
    await page
      .getByRole('link', { name: /The order as a saga/ })
      .first()
      .click();
    expect(await page.locator('figure.diagram svg').count()).toBeGreaterThan(4);
    await page.getByRole('searchbox').fill('outbox');
    await page.getByRole('button', { name: 'Search' }).click();
    expect(await page.locator('#results li').count()).toBeGreaterThan(3);
    await page.goto(`${server.url}chapters/05-saga/hints/`);
    await page.locator('.rung summary').first().click();
    expect(await page.locator('.rung[open] p').first().isVisible()).toBe(true);
  });

  test('hostile texts in a document of the workbook stay texts, and its search works as files', async () => {
    const root = fs.mkdtempSync(path.join(os.tmpdir(), 'workbook-'));
    onTestFinished(() => fs.rmSync(root, { recursive: true }));
    fs.mkdirSync(path.join(root, 'docs/decisions'), { recursive: true });
    const fences = HOSTILE_TEXTS.map((text) => `${text}\n\n\`\`\`text diagram: ${text}\n${text}\n\`\`\`\n`).join('\n');
    fs.writeFileSync(path.join(root, 'README.md'), `# Kafka Workbook\n\nfindable\n\n${fences}`);
    const folder = path.join(root, 'out');
    await writeSite(new Site({ root, chapters: [], live: false }), folder);
    const files = express().use(express.static(folder)).listen(0, '127.0.0.1');
    await once(files, 'listening');
    onTestFinished(() => {
      files.close();
    });
    const page = await open('');
    await page.goto(`http://127.0.0.1:${(files.address() as AddressInfo).port}/search/?q=findable`);
    await page.locator('#results li').first().waitFor();
    await page.locator('#results a').first().click();
    expect(await page.title()).toBe('Kafka Workbook');
    expect(await page.locator('main').locator('script, img, iframe, style, base, meta').count()).toBe(0);
    expect(await page.locator('figure.diagram').count()).toBe(HOSTILE_TEXTS.length);
  });

  test('commands need the token of this server, and nothing may be asked from another site', async () => {
    const { server: live } = await liveServer(0);
    const post = (headers: Record<string, string>) =>
      fetch(`${live.url}live/lab/end`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers } });
    expect((await post({})).status).toBe(403);
    expect((await post({ 'x-workbook-token': 'x'.repeat(32) })).status).toBe(403);
    for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { origin: 'http://evil.example' }]) {
      expect((await fetch(`${live.url}live/progress`, { headers })).status).toBe(403);
      expect((await fetch(`${live.url}live/events`, { headers })).status).toBe(403);
    }
    expect((await fetch(`${live.url}live/progress`)).status).toBe(200);
  });

  test('a server that was away and is back is found again, with its new token', async () => {
    const first = await liveServer(0);
    const page = await openPage(browser, `${first.server.url}lab/`, { ...PHONE, mayLoseServer: true });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(PHONE.viewport.width);
    const says = (text: string) => page.locator('#connection', { hasText: text }).waitFor();
    await says('No lab is up');
    await first.close();
    await says('The server is gone');
    await liveServer(Number(new URL(first.server.url).port));
    await says('No lab is up');
    await page.evaluate(`document.querySelector('#produce select').append(new Option('orders.created'))`);
    await page.evaluate(`document.querySelector('#produce form').requestSubmit()`);
    await page.locator('#answer', { hasText: 'No lab is up' }).waitFor();
  });

  test('a lab is started on the page, watched, broken, mended and ended', { timeout: 400_000 }, async () => {
    const cache = cacheWithKafka();
    const run = Run.begin();
    onTestFinished(() => run.dispose());
    const registry = await startRegistry(run);
    const { running, url } = await docs({ env: { WORKBOOK_CACHE: cache, SCHEMA_REGISTRY_URL: registry.url } });
    const page = await openPage(browser, `${url}lab/`, { bypassCSP: true, mayLoseServer: true });
    await page.selectOption('[name=chapter]', '05-saga');
    await page.selectOption('[name=subject]', 'solutions');
    await page.click('button[name=start]');
    await page.locator('#output', { hasText: 'the scenario works' }).waitFor();
    await watchesTheLab(page);
    await postsAnOrder(page);
    expect(await seriousViolations(page)).toEqual([]);
    const [, brokers = ''] = /, at (127\.0\.0\.1:\d+)/.exec(await page.innerText('#output')) ?? [];
    const producer = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING }).producer();
    await producer.connect();
    onTestFinished(() => producer.disconnect());
    await onPage(page, async () => {
      await showsHostileRecords(page, producer);
      await showsWhatSchemasDescribe(page, producer, registry.url);
      await showsAFewOfAFlood(page, producer);
      await breaksAndMends(page);
    });
    await page.click('button[name=end]');
    await page.locator('#connection', { hasText: 'No lab is up' }).waitFor();
    pressCtrlC(running);
    expect((await finished(running)).code).toBe(130);
    await expectNothingLeft(cache, running.output);
  });

  test('of three brokers one is killed: fewer replicas are in sync, until it is back', {
    timeout: 400_000,
  }, async () => {
    const env = { WORKBOOK_CACHE: cacheWithKafka() };
    const lab = startWith({ env }, 'solution', '02');
    const { url } = await docs({ env });
    const page = await openPage(browser, `${url}lab/`);
    await page.getByRole('button', { name: 'kill broker-3' }).waitFor();
    await waitUntil(() => lab.output.includes('save a file in'), PATIENCE_MS, 'the lab to be up');
    await page.getByRole('button', { name: 'kill broker-3' }).click();
    await page.locator('#topics .bad', { hasText: 'of 3' }).first().waitFor();
    await page.getByRole('button', { name: 'restart broker-3' }).click();
    await page.locator('#topics .bad').first().waitFor({ state: 'detached' });
    expect(await page.locator('#topics tr').count()).toBeGreaterThan(3);
  });

  test('a page grades, hints and shows the solution, and the terminal knows of it', { timeout: 400_000 }, async () => {
    const workbook = await scratchWorkbook();
    await addTinyChapter(workbook);
    const lab = path.join(workbook, 'labs', '99-tiny', 'tiny-service.ts');
    fs.appendFileSync(lab, '// Mine.\n');
    const { url } = await docs({ workbook });
    const page = await openPage(browser, `${url}chapters/99-tiny/`, { bypassCSP: true });
    const grade = page.getByRole('button', { name: 'Grade my programs' });
    await grade.click();
    await page.locator('#grading', { hasText: /\d+ of \d+ checks done/ }).waitFor();
    await page.locator('[data-verdict=failed] pre').first().waitFor();
    await page.locator('#grading', { hasText: /Red: \d+ checks? of TODO 1/ }).waitFor();
    await page.locator('#progress', { hasText: '0 of' }).waitFor();
    await page.getByRole('button', { name: 'A hint' }).first().click();
    await page.locator('#hints .rung', { hasText: 'Direction' }).waitFor();
    await page.getByRole('button', { name: 'Show the solution before' }).click();
    await page.locator('#difference .hljs-deletion', { hasText: '// Mine.' }).waitFor();
    expect(await seriousViolations(page)).toEqual([]);
    fs.copyFileSync(path.join(workbook, 'solutions', '99-tiny', 'tiny-service.ts'), lab);
    await grade.click();
    await page.locator('#grading', { hasText: /passed: (\d+) of \1 points/ }).waitFor();
    await page.locator('#progress', { hasText: 'passed on' }).waitFor();
    expect((await finished(startWith({ workbook }, 'progress'))).output).toMatch(/✓ 99 /);
    expect((await finished(startWith({ workbook }, 'hint', '99', '1'))).output).toContain('Place');
  });
});

/** The site with everything that is live, in this process. */
async function liveServer(port: number) {
  const site = new Site({ root: WORKBOOK, chapters: listChapters(), live: true });
  vi.stubEnv('WORKBOOK_CACHE', scratchFolder('cache'));
  vi.stubEnv('KAFKA_BROKERS', '');
  let end = async () => {};
  const server = await serveSite(site, port, (app) => {
    labRoute(app, site);
    end = liveRoutes(app);
  });
  const close = async () => {
    await end();
    await server.close();
  };
  onTestFinished(async () => {
    await close();
    // The next test's cache is linked to the one that the environment names.
    vi.unstubAllEnvs();
  });
  return { server, close };
}
