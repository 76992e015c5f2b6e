// The addresses below /live: one stream that tells, and commands that must carry the token of this server.
import { randomBytes, timingSafeEqual } from 'node:crypto';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { z } from 'zod';
import type { Refusal } from '#docs/site/client/lab/messages.ts';
import { explainFileTrouble } from '#infra/machine/file-trouble.ts';
import { GuidedError } from '#infra/machine/guided-error.ts';
import { findChapter } from '../../chapters.ts';
import { climb } from '../../learner/hints.ts';
import { diffToSolution } from '../../learner/solution-diff.ts';
import { findRunningLab } from '../../live/running-lab.ts';
import {
  chapterCommand,
  diffCommand,
  hintCommand,
  labCommand,
  orderCommand,
  partCommand,
  produceCommand,
  readQuery,
} from './commands.ts';
import { GradeProcess } from './grade-process.ts';
import { act, endLab, postOrder } from './lab-commands.ts';
import { LabProcess } from './lab-process.ts';
import { Listeners } from './listeners.ts';
import { Panel } from './panel.ts';
import { produceRecord } from './produce.ts';
import { readRecords } from './read-records.ts';
import { workOn, workOnAll } from './work.ts';

const TOKEN_HEADER = 'x-workbook-token';

/** Adds everything that is live. Returns what ends it. */
export function liveRoutes(app: Express): () => Promise<void> {
  const token = randomBytes(24).toString('base64url');
  const listeners = new Listeners(token);
  const lab = new LabProcess(listeners);
  const panel = new Panel(listeners, () => lab.owner);
  const live = express.Router();
  live.use(sameOrigin);
  live.get('/events', (request, response) => {
    listeners.add(response, request.query.about === 'work' ? 'work' : 'lab', panel.history());
  });
  live.get('/records', async (request, response) => {
    const { topic, partition, offset, time } = readQuery.parse(request.query);
    const from = time === undefined ? { offset: BigInt(offset ?? 0) } : { time };
    const { kafka, admin } = panel.session;
    response.json(await admin.ask((client) => readRecords(kafka, client, { topic, partition, from }, panel.decode)));
  });
  live.get('/work', (request, response) => {
    response.json(workOn(findChapter(chapterCommand.parse(request.query).chapter)));
  });
  live.get('/progress', (_request, response) => {
    response.json(workOnAll());
  });
  live.use(withToken(token), express.json({ limit: '2mb' }));
  live.post('/produce', async (request, response) => {
    const command = produceCommand.parse(request.body);
    const { kafka, admin } = panel.session;
    response.json({ place: await admin.ask((client) => produceRecord(kafka, client, command)) });
  });
  live.post('/part', async (request, response) => {
    const { part, action } = partCommand.parse(request.body);
    response.json(await act(findRunningLab(lab.owner), part, action));
  });
  live.post('/order', async (request, response) => {
    response.json(await postOrder(findRunningLab(lab.owner), orderCommand.parse(request.body).body));
  });
  live.post('/lab/start', async (request, response) => {
    const { chapter, subject } = labCommand.parse(request.body);
    lab.start(chapter, subject);
    response.json({});
  });
  live.post('/lab/end', async (_request, response) => {
    if (!lab.end()) await endLab(findRunningLab());
    response.json({});
  });
  learnerRoutes(live, listeners);
  live.use(refused);
  app.use('/live', live);
  return () => panel.close();
}

/** Grading, hints and the solution, as the verbs of the terminal have them. */
function learnerRoutes(live: express.Router, listeners: Listeners): void {
  const grading = new GradeProcess(listeners);
  live.post('/grade', (request, response) => {
    grading.start(chapterCommand.parse(request.body).chapter);
    response.json({});
  });
  live.post('/grade/stop', (_request, response) => {
    grading.stop();
    response.json({});
  });
  live.post('/hint', (request, response) => {
    const { chapter: name, task } = hintCommand.parse(request.body);
    const chapter = findChapter(name);
    climb(chapter, task);
    response.json(workOn(chapter));
  });
  live.post('/diff', (request, response) => {
    const { chapter, insist } = diffCommand.parse(request.body);
    response.json(diffToSolution(findChapter(chapter), { insist }));
  });
}

/** What another site has caused is refused, also where it only reads. Browsers say who has asked. */
function sameOrigin(request: Request, response: Response, next: NextFunction): void {
  const site = request.headers['sec-fetch-site'];
  const { origin, host } = request.headers;
  const foreign =
    (site !== undefined && site !== 'same-origin') || (origin !== undefined && origin !== `http://${host}`);
  if (foreign) response.status(403).json({ title: 'Only pages of this server may ask.' } satisfies Refusal);
  else next();
}

function withToken(token: string) {
  const expected = Buffer.from(token);
  return (request: Request, response: Response, next: NextFunction) => {
    const given = Buffer.from(request.get(TOKEN_HEADER) ?? '');
    const known = given.length === expected.length && timingSafeEqual(given, expected);
    if (request.method === 'POST' && known) next();
    else response.status(403).json({ title: 'This page is not of this server; load it again.' } satisfies Refusal);
  };
}

/** A refusal is a sentence, and a defect of ours is told where the server runs. */
function refused(error: Error, _request: Request, response: Response, next: NextFunction): void {
  const explained = explainFileTrouble(error);
  if (explained instanceof GuidedError) {
    response.status(409).json({ title: explained.message, next: explained.next } satisfies Refusal);
  } else if (error instanceof z.ZodError) {
    response.status(400).json({ title: z.prettifyError(error) } satisfies Refusal);
  } else if (error.name.startsWith('KafkaJS')) {
    response.status(502).json({ title: `Kafka: ${error.message}` } satisfies Refusal);
  } else next(error);
}
