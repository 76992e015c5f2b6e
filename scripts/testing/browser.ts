// For tests: the docs site in a real browser.
import fs from 'node:fs';
import path from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';
import { WORKBOOK } from '#shared/testing/compile.ts';

export const CHROMIUM = '/usr/bin/chromium';
/** A learner's machine may be without one. */
export const hasChromium = fs.existsSync(CHROMIUM);
const AXE = path.join(WORKBOOK, 'node_modules', 'axe-core', 'axe.min.js');
/** Nothing takes that long on a machine that has something else to do as well. */
export const PATIENCE_MS = 240_000;

export interface OpenOptions extends BrowserContextOptions {
  /** The server will be away, and the browser will say so. */
  mayLoseServer?: boolean;
}

/** A page whose errors fail the test, and so does a request to anywhere but this machine. */
export async function openPage(browser: Browser, url: string, options: OpenOptions = {}): Promise<Page> {
  const { mayLoseServer = false, ...rest } = options;
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...rest });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const troubles: string[] = [];
  page.on('pageerror', (error) => troubles.push(error.message));
  page.on('console', (message) => {
    const expected = mayLoseServer && /ERR_(CONNECTION|INCOMPLETE|EMPTY)|status of 409/.test(message.text());
    if (message.type() === 'error' && !expected) troubles.push(message.text());
  });
  page.on('request', (request) => {
    if (!request.url().startsWith('http://127.0.0.1')) troubles.push(`a request to ${request.url()}`);
  });
  onTestFinished(async () => {
    await context.close();
    expect(troubles).toEqual([]);
  });
  await page.goto(url);
  return page;
}

interface AxeResults {
  violations: { id: string; impact: string | null; nodes: { target: string[] }[] }[];
}

/** What axe calls serious or critical, by rule and place. The page must have been opened with `bypassCSP`. */
export async function seriousViolations(page: Page): Promise<string[]> {
  await page.addScriptTag({ path: AXE });
  const { violations } = await page.evaluate<AxeResults>('axe.run()');
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`));
}
