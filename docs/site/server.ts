// Serves the site to this machine: the pages, their assets, and a search that needs no script.
import { createHash } from 'node:crypto';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { makeAssets } from './assets.ts';
import { html } from './html.ts';
import { POLICY } from './layout.ts';
import { searchPage } from './search.ts';
import type { Site } from './site.ts';

export const HOST = '127.0.0.1';

export interface SiteServer {
  url: string;
  close: () => Promise<void>;
}

/** Listens on a port of the loopback interface; `routes` adds what is beside the prose. Rejects when the port is taken. */
export async function serveSite(site: Site, port: number, routes: (app: Express) => void): Promise<SiteServer> {
  const app = express();
  app.disable('x-powered-by');
  app.use(guard);
  serveAssets(app, await makeAssets());
  app.get('/search/', (request, response) => {
    const query = typeof request.query.q === 'string' ? request.query.q.trim() : '';
    const found = query === '' ? [] : site.searchIndex().find(query);
    response.send(site.frame(searchPage(query, found), 'search/'));
  });
  routes(app);
  app.get(/.*/, (request, response, next) => {
    const address = decoded(request.path).slice(1);
    const page = site.page(address);
    if (page) response.send(page);
    else if (!address.endsWith('/') && site.page(`${address}/`)) response.redirect(308, `${request.path}/`);
    else next();
  });
  app.use((request: Request, response: Response) => {
    const folder = request.path.slice(1).replace(/[^/]*$/, '');
    response.status(404).send(site.frame(missingPage(request.path), folder));
  });
  app.use(failed);
  const server = app.listen(port, HOST);
  await new Promise<void>((resolve, reject) => server.once('listening', resolve).once('error', reject));
  return { url: `http://${HOST}:${(server.address() as AddressInfo).port}/`, close: () => close(server) };
}

/** Only this machine's names for itself: a foreign name that resolves to 127.0.0.1 must not read what is here. */
function guard(request: Request, response: Response, next: NextFunction): void {
  const host = (request.headers.host ?? '').replace(/:\d+$/, '');
  if (!['127.0.0.1', 'localhost', '[::1]'].includes(host)) {
    response.status(403).type('text').send(`This server answers at ${HOST} and not at ${host}.`);
    return;
  }
  response.set({
    'Content-Security-Policy': `${POLICY}; frame-ancestors 'none'`,
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Cache-Control': 'no-cache',
  });
  next();
}

function serveAssets(app: Express, assets: Map<string, Buffer>): void {
  const tags = new Map(
    [...assets].map(([name, content]) => [name, createHash('sha256').update(content).digest('hex')]),
  );
  app.get('/assets/:name', (request, response, next) => {
    const content = assets.get(request.params.name);
    if (!content) return next();
    response
      .type(request.params.name)
      .set('ETag', `"${tags.get(request.params.name)?.slice(0, 16)}"`)
      .send(content);
  });
}

function decoded(pathname: string): string {
  try {
    return decodeURIComponent(pathname);
  } catch {
    return '/not-an-address';
  }
}

function missingPage(pathname: string) {
  const body = html`<h1>There is nothing here</h1><p><code>${pathname}</code> is not a page of the workbook. The contents list what is.</p>`;
  return { title: 'Nothing here', body, headings: [] };
}

function failed(error: Error & { status?: number }, _request: Request, response: Response, _next: NextFunction): void {
  const status = error.status ?? 500;
  if (status >= 500) console.error(error);
  response
    .status(status)
    .json({ title: status >= 500 ? 'The server failed; it says why in its terminal.' : error.message });
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
