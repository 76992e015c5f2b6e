// `npm run docs`: the site with the course's chapters, until it is interrupted.
import type { Express } from 'express';
import { labPage } from '#docs/site/lab-page.ts';
import { serveSite } from '#docs/site/server.ts';
import { Site } from '#docs/site/site.ts';
import { listenOnPreferred } from '#infra/machine/ports.ts';
import type { Run } from '#infra/machine/run.ts';
import { WORKBOOK } from '#shared/testing/compile.ts';
import { listChapters } from '../chapters.ts';
import { liveRoutes } from './live/routes.ts';

const PORT = 8090;

/** Never returns; the site is up until it is interrupted. */
export async function serveDocs(run: Run): Promise<number> {
  const site = new Site({ root: WORKBOOK, chapters: listChapters(), live: true });
  const { url } = await listenOnPreferred(run, PORT, (port) =>
    serveSite(site, port, (app) => {
      labRoute(app, site);
      liveRoutes(app);
    }),
  );
  const elsewhere = new URL(url).port === String(PORT) ? '' : ` (port ${PORT} is in use)`;
  console.log(`The workbook is at ${url}${elsewhere}; Ctrl-C ends it.`);
  return new Promise<number>(() => {});
}

/** The page of the lab, which only a server has. */
export function labRoute(app: Express, site: Site): void {
  app.get('/lab/', (_request, response) => {
    response.send(site.frame(labPage(site.outline.chapters), 'lab/'));
  });
}
