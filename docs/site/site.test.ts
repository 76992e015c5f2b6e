import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { addressOf, relative } from './addresses.ts';
import { drawDiagram } from './diagram/draw.ts';
import { HOSTILE_TEXTS } from './hostile-texts.ts';
import { escapeHtml } from './html.ts';
import { renderDocument } from './markdown.ts';
import { serveSite } from './server.ts';
import { Site } from './site.ts';
import { linkedPlaces, writeSite } from './static-site.ts';

const README = `---
title: One
---
# One

## Part *A*

See [part A](#part-a), [the hints](hints.md), [the lab](../../labs/01-one) and [a decision](../../docs/decisions/0001-x.md#why).

\`\`\`ts labs/01-one/one.ts
const answer = 42;
\`\`\`

\`\`\`text diagram: From here to there
 here ---> there
\`\`\`
`;
const HINTS =
  '# Hints\n\n## TODO 1: begin\n\n### Direction\n\nLook east.\n\n### Place\n\nThere.\n\n### Shape\n\nRound.\n';

/** A small workbook of its own. */
function workbook(files: Record<string, string> = {}): string {
  const root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'workbook-')));
  onTestFinished(() => fs.rmSync(root, { recursive: true }));
  const all = {
    'README.md': '# Kafka Workbook\n\n<!-- made by hand -->\n[One](chapters/01-one/README.md)\n',
    'chapters/01-one/README.md': README,
    'chapters/01-one/hints.md': HINTS,
    'labs/01-one/one.ts': 'const answer = 42;\n',
    'docs/guide.md': '# A guide\n\nThe heron stands still.\n',
    'docs/decisions/0001-x.md': '# X\n\n## Why\n',
    '.secret/key.md': 'secret',
    ...files,
  };
  for (const [file, text] of Object.entries(all)) {
    fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    fs.writeFileSync(path.join(root, file), text);
  }
  return root;
}

function siteOf(root: string): Site {
  const chapter = { folder: '01-one', number: '01', title: 'One', minutes: 5, needs: 'kafka', draft: false };
  return new Site({ root, chapters: [chapter], live: false });
}

async function served(root: string) {
  const server = await serveSite(siteOf(root), 0, () => {});
  onTestFinished(() => server.close());
  return server.url;
}

/** A request whose path and headers arrive as they are written here. */
function rawRequest(url: string, requestPath: string, headers = {}): Promise<{ status: number; body: string }> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const request = http.get({ hostname, port, path: requestPath, headers }, async (response) => {
      const body = (await response.setEncoding('utf8').toArray()).join('');
      resolve({ status: response.statusCode ?? 0, body });
    });
    request.once('error', reject);
  });
}

test('addresses lead from any page to any other', () => {
  expect(addressOf('chapters/03-producer/README.md')).toBe('chapters/03-producer/');
  expect(addressOf('docs/decisions/0001-x.md')).toBe('docs/decisions/0001-x/');
  expect(relative('chapters/03-producer/', 'docs/contract/')).toBe('../../docs/contract/');
  expect(relative('', 'assets/site.css')).toBe('assets/site.css');
  expect(relative('docs/contract/', '')).toBe('../../');
});

test('a chapter is a page: anchors, links of the site, code that names its file, a drawn diagram', () => {
  const page = siteOf(workbook()).page('chapters/01-one/') ?? '';
  expect(page).toContain('<h2 id="part-a"');
  expect(page).toContain('href="#part-a"');
  expect(page).toContain('href="hints/"');
  expect(page).toContain('href="../../files/labs/01-one/"');
  expect(page).toContain('href="../../docs/decisions/0001-x/#why"');
  expect(page).toContain('<a href="../../files/labs/01-one/one.ts/">labs/01-one/one.ts</a>');
  expect(page).toContain('<span class="hljs-keyword">const</span>');
  expect(page).toMatch(/<svg[^>]+role="img" aria-label="From here to there"/);
  expect(page).not.toContain('made by hand');
});

test('each rung of a hint is closed, and the search does not tell it', () => {
  const site = siteOf(workbook());
  const hints = site.page('chapters/01-one/hints/') ?? '';
  expect(hints.match(/<details class="rung"/g)).toHaveLength(3);
  expect(site.searchIndex().find('east')).toEqual([]);
  expect(
    site
      .searchIndex()
      .find('heron')
      .map(({ address }) => address),
  ).toEqual(['docs/guide/#a-guide']);
});

test('a page is rendered again when its file has changed', () => {
  const root = workbook();
  const site = siteOf(root);
  expect(site.page('docs/guide/')).toContain('heron');
  fs.writeFileSync(path.join(root, 'docs/guide.md'), '# A guide\n\nThe swallow is never still.\n');
  expect(site.page('docs/guide/')).toContain('swallow');
  expect(site.searchIndex().find('swallow')).toHaveLength(1);
});

test('lines of characters become lines, and hyphens, options and plus signs stay what they are', () => {
  const { text } = drawDiagram(' a-b --flag\n +24 ms\n +41 ms\n .---> x\n |\n', 'T');
  for (const word of ['a-b --flag', '+24 ms', '+41 ms', 'x']) expect(text).toContain(`>${word}</text>`);
  expect(text.match(/class="heads" d="([^"]+)"/)?.[1]?.match(/M/g)).toHaveLength(1);
  expect(text).toMatch(/class="lines" d="[^"]*Q/);
});

test.each(HOSTILE_TEXTS)('markdown, a diagram and a fence with %j inject nothing', (text) => {
  const source = `# T\n\n${text}\n\n    ${text}\n\n\`\`\`text diagram: ${text}\n${text}\n\`\`\`\n\n\`\`\`ts ${text}\n${text}\n\`\`\`\n`;
  const { body } = renderDocument('docs/x.md', source);
  expect(body).not.toMatch(/<(script|img|iframe|style|base|meta|div>)/i);
  expect(body).not.toMatch(/href="\s*(javascript|data):/i);
  expect(body.replaceAll(/="[^"]*"/g, '')).not.toMatch(/<[^>]+\son\w+/i);
  expect(escapeHtml(text)).not.toMatch(/[<>"']/);
});

test.each([
  '/../../../etc/passwd',
  '/files/../../../../etc/passwd/',
  '/files/%2e%2e/%2e%2e/etc/passwd/',
  '/files/labs/..%2f..%2f.secret/key.md/',
  '/files/.secret/key.md/',
  '/files//etc/passwd/',
  '/files/labs/01-one/link.ts/',
  '/assets/..%2fserver.ts',
  '/%c0%ae%c0%ae/',
  '/files/labs/01-one/one.ts%00/',
])('%s leads to nothing', async (requestPath) => {
  const root = workbook();
  fs.symlinkSync(path.join(root, '.secret/key.md'), path.join(root, 'labs/01-one/link.ts'));
  const { status, body } = await rawRequest(await served(root), requestPath);
  expect(status).toBe(404);
  expect(body).not.toMatch(/secret<|root:/);
});

test('a foreign name for this machine is refused, and every page is guarded by its policy', async () => {
  const url = await served(workbook());
  expect((await rawRequest(url, '/', { host: 'evil.example' })).status).toBe(403);
  const { headers, status } = await fetch(url);
  expect(status).toBe(200);
  expect(headers.get('content-security-policy')).toMatch(/default-src 'none'; script-src 'self'; style-src 'self'/);
  expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
});

test('the page of an address that is none has its style and its way home', async () => {
  const url = await served(workbook());
  const page = await (await fetch(`${url}chapters/09-none/x`)).text();
  expect(page).toContain('href="../../assets/site.css"');
  expect(page).toContain('<a class="home" href="../../">');
});

test('the search answers without a script, and marks what was found', async () => {
  const url = await served(workbook());
  const page = await (await fetch(`${url}search/?q=heron`)).text();
  expect(page).toContain('1 found for');
  expect(page).toContain('<mark>heron</mark>');
  const hostile = await (await fetch(`${url}search/?q=${encodeURIComponent('"><script>1</script>')}`)).text();
  expect(hostile).not.toContain('<script>1');
});

test('the static site has every page that is linked, and needs no server', async () => {
  const root = workbook();
  const folder = path.join(root, 'out');
  await writeSite(siteOf(root), folder);
  const pages = fs.globSync('**/index.html', { cwd: folder });
  expect(pages).toContain('files/labs/01-one/one.ts/index.html');
  for (const file of pages) {
    const address = file.replace(/index\.html$/, '');
    const page = fs.readFileSync(path.join(folder, file), 'utf8');
    for (const place of linkedPlaces(address, page).filter((to) => !to.address.startsWith('files/solutions')))
      expect(pages, `${address} links to it`).toContain(`${place.address}index.html`);
  }
  expect(fs.existsSync(path.join(folder, 'search/index.json'))).toBe(true);
});
