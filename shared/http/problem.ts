import type { ErrorRequestHandler, Response } from 'express';
import { z } from 'zod';
import { NotDoneYet } from '../todo.ts';

/** Errors as RFC 9457 describes them: a media type of their own, and fields that a program can act on. */
export interface Problem {
  status: number;
  title: string;
  detail: string;
  errors?: { field: string; message: string }[];
}

/** Thrown by a route to answer with a problem; `headers` go with it. */
export class ProblemError extends Error {
  readonly problem: Problem;
  readonly headers: Record<string, string>;

  constructor(problem: Problem, headers: Record<string, string> = {}) {
    super(problem.detail);
    this.problem = problem;
    this.headers = headers;
  }
}

export function sendProblem(response: Response, problem: Problem, headers: Record<string, string> = {}): void {
  response
    .status(problem.status)
    .set(headers)
    .type('application/problem+json')
    .send(JSON.stringify({ type: 'about:blank', ...problem }));
}

/** Returns the value that a schema makes of `body`, or throws the 400 that names every field at fault. */
export function parseBody<T>(schema: z.ZodType<T>, body: unknown): T {
  const { data, error } = schema.safeParse(body);
  if (data !== undefined) return data;
  throw new ProblemError({
    status: 400,
    title: 'Invalid request',
    detail: 'The request does not describe what it should; see errors.',
    errors: error?.issues.map(({ path, message }) => ({ field: fieldName(path), message })) ?? [],
  });
}

/** `orders[3].items[0].quantity`; the whole body is `body`. */
function fieldName(path: PropertyKey[]): string {
  return z.core.toDotPath(path) || 'body';
}

/** Express's last handler: turns whatever a route threw into a problem. */
export const problemHandler: ErrorRequestHandler = (error, _request, response, next) => {
  if (response.headersSent) return next(error);
  if (error instanceof ProblemError) return sendProblem(response, error.problem, error.headers);
  if (error instanceof NotDoneYet) {
    return sendProblem(response, { status: 501, title: 'Not done yet', detail: error.message });
  }
  // The body parser's own errors (malformed JSON, too large) carry a status below 500 and say what is wrong.
  const { status = 500, message } = error as { status?: number; message: string };
  const ours = status >= 500;
  sendProblem(response, {
    status,
    title: ours ? 'Internal error' : 'Invalid request',
    detail: ours ? 'The service failed; its log says why.' : message,
    ...(status === 400 ? { errors: [{ field: 'body', message }] } : {}),
  });
  if (ours) console.error(error);
};
