import type { Server } from 'node:http';
import express, { type Express } from 'express';
import type { Log } from '../log.ts';
import { problemHandler, sendProblem } from './problem.ts';

/** Largest request body: 8 MiB, enough for a batch of a thousand orders. */
const BODY_LIMIT_BYTES = 8 * 1024 * 1024;

/** Kubernetes waits 30 s after SIGTERM by default; the course asks for 10 s, and this leaves three to end in. */
const SHUTDOWN_LIMIT_MS = 7_000;

export interface Service {
  port: number;
  log: Log;
  /** Adds the service's own routes. */
  routes: (app: Express) => void;
  /** Why the service cannot do its work now; undefined when it can. */
  notReadyBecause: () => string | undefined;
  /** Closes what the service has opened, once the last request is answered. */
  close: () => Promise<void>;
}

/** Serves HTTP until SIGTERM or SIGINT: then takes no new request, answers those in hand, closes, and exits with 0. */
export function startService(service: Service): void {
  const app = express();
  app.disable('x-powered-by');
  app.get('/health/live', (_request, response) => {
    response.json({ status: 'live' });
  });
  app.get('/health/ready', (_request, response) => {
    const reason = service.notReadyBecause();
    if (reason === undefined) response.json({ status: 'ready' });
    else sendProblem(response, { status: 503, title: 'Not ready', detail: reason });
  });
  app.use(express.json({ limit: BODY_LIMIT_BYTES }));
  service.routes(app);
  app.use((request, response) => {
    sendProblem(response, { status: 404, title: 'Not found', detail: `There is nothing at ${request.path}.` });
  });
  app.use(problemHandler);
  const server = app.listen(service.port, '127.0.0.1', (error) => {
    if (error) {
      console.error(`PORT ${service.port} cannot be listened on: ${error.message}`);
      process.exit(1);
    }
    service.log.info(`listening on http://127.0.0.1:${service.port}`);
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => void shutDown(server, service));
  }
}

async function shutDown(server: Server, service: Service): Promise<void> {
  service.log.info('stopping: no new requests, the ones in hand are finished');
  setTimeout(() => process.exit(0), SHUTDOWN_LIMIT_MS).unref();
  await new Promise((resolve) => server.close(resolve));
  await service.close();
  process.exit(0);
}
