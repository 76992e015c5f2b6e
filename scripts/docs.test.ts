// The docs site as a reader meets it: the verbs, and the pages in a real browser.
import { once } from 'node:events';
import fs from 'node:fs';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import express from 'express';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { HOSTILE_TEXTS } from '#docs/site/hostile-texts.ts';
import { type SiteServer, serveSite } from '#docs/site/server.ts';
import { Site } from '#docs/site/site.ts';
import { writeSite } from '#docs/site/static-site.ts';
import { waitUntil } from '#infra/machine/wait-until.ts';
import { WORKBOOK } from '#shared/testing/compile.ts';
import { listChapters } from './chapters.ts';
import { expectRefusal, finished, LIMIT_MS, pressCtrlC, runsOf, start } from './testing/verb-process.ts';

const CHROMIUM = '/usr/bin/chromium';
const AXE = path.join(WORKBOOK, 'node_modules', 'axe-core', 'axe.min.js');
const there = fs.existsSync(CHROMIUM);
const PAGES = ['', 'chapters/03-producer/', 'chapters/05-saga/hints/', 'docs/contract/', 'search/?q=acks'];

// A learner's machine may be without one; where the workbook is proven for all, nothing may be left out in silence.
test.skipIf(process.env.CI === undefined)('CI has a browser', () => {
  expect(there).toBe(true);
});

async function docs() {
  const running = start('docs');
  await waitUntil(() => running.output.includes('Ctrl-C ends it'), LIMIT_MS, 'the site to be up');
  const [url = ''] = /http:\S+/.exec(running.output) ?? [];
  return { running, url };
}

test('a chapter answers within 20 ms once it was read, and weighs less than 300 kB with all that it loads', async () => {
  const { running, url } = await docs();
  const chapter = `${url}chapters/05-saga/`;
  let weight = 0;
  for (const part of [chapter, ...['site.css', 'theme.js', 'page.js'].map((name) => `${url}assets/${name}`)])
    weight += (await (await fetch(part)).arrayBuffer()).byteLength;
  expect(weight).toBeLessThan(300_000);
  const times: number[] = [];
  for (let round = 0; round < 10; round++) {
    const begin = performance.now();
    await (await fetch(chapter)).text();
    times.push(performance.now() - begin);
  }
  expect(Math.min(...times)).toBeLessThan(20);
  pressCtrlC(running);
  const { code, child } = await finished(running);
  expect(code).toBe(130);
  expect(runsOf(child.pid)).toEqual([]);
});

test('docs:build does not empty a folder that is not its own', async () => {
  const refused = await finished(start('docs-build', path.join(WORKBOOK, 'shared')));
  expectRefusal(refused, 'is not an earlier build of this site', 'npm run docs:build');
});

describe.runIf(there)('in a browser', () => {
  let browser: Browser;
  let server: SiteServer;

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
    server = await serveSite(new Site({ root: WORKBOOK, chapters: listChapters(), live: false }), 0, () => {});
  });
  afterAll(async () => {
    await browser.close();
    await server.close();
  });

  /** A page of the site, whose errors fail the test. */
  async function open(address: string, options = {}): Promise<Page> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
    const page = await context.newPage();
    const troubles: string[] = [];
    page.on('pageerror', (error) => troubles.push(error.message));
    page.on('console', (message) => message.type() === 'error' && troubles.push(message.text()));
    page.on('request', (request) => request.url().startsWith('http') && expect(request.url()).toContain('127.0.0.1'));
    onTestFinished(async () => {
      await context.close();
      expect(troubles).toEqual([]);
    });
    await page.goto(server.url + address);
    return page;
  }

  test.each(PAGES)('axe finds nothing serious on the page %j, in light and in dark', async (address) => {
    for (const colorScheme of ['light', 'dark']) {
      const page = await open(address, { colorScheme, bypassCSP: true });
      await page.addScriptTag({ path: AXE });
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
    const page = await open(address, { viewport: { width: 360, height: 740 } });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
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
});

/** What axe calls serious or critical, by rule and place. */
async function seriousViolations(page: Page): Promise<string[]> {
  const { violations } = await page.evaluate<AxeResults>('axe.run()');
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`));
}

interface AxeResults {
  violations: { id: string; impact: string | null; nodes: { target: string[] }[] }[];
}
