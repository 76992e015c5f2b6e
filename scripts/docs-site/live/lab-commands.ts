// Asks the lab that is up to do something, or what it has seen.
import type { OrderAnswer, WireLine } from '#docs/site/client/lab/messages.ts';
import { GuidedError } from '#infra/machine/guided-error.ts';
import type { Action, LabState } from '../../live/lab-control.ts';
import type { LabAddress, RunningLab } from '../../live/running-lab.ts';

const LIMIT_MS = 3_000;
/** A broker that starts again reads its log first; a service may take 30 s to get ready. */
const ACTION_LIMIT_MS = 60_000;

export function stateOf(control: LabAddress): Promise<LabState> {
  return ask(control, 'GET', '/state', LIMIT_MS);
}

/** The requests after the one with this number. */
export function wireAfter(control: LabAddress, number: number): Promise<WireLine[]> {
  return ask(control, 'GET', `/wire?after=${number}`, LIMIT_MS);
}

/** Throws a GuidedError when the lab has no such part, or could not do it. */
export function act(lab: RunningLab | undefined, part: string, action: Action): Promise<LabState> {
  return ask(controlOf(lab), 'POST', `/parts/${encodeURIComponent(part)}/${action}`, ACTION_LIMIT_MS);
}

export async function endLab(lab: RunningLab | undefined): Promise<void> {
  await ask(controlOf(lab), 'POST', '/end', LIMIT_MS);
}

/** Posts to the lab's order service, and returns what it answers. Throws a GuidedError when there is none. */
export function postOrder(lab: RunningLab | undefined, body: string): Promise<OrderAnswer> {
  return ask(controlOf(lab), 'POST', '/orders', ACTION_LIMIT_MS, body);
}

function controlOf(lab: RunningLab | undefined): LabAddress {
  if (lab?.control) return lab.control;
  throw new GuidedError(
    'No lab of this machine is up that takes commands.',
    'start one on this page, or npm run lab 05',
  );
}

async function ask<T>(
  { url, token }: LabAddress,
  method: string,
  path: string,
  limitMs: number,
  body?: string,
): Promise<T> {
  const response = await fetch(url + path, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'text/plain' },
    ...(body !== undefined && { body }),
    signal: AbortSignal.timeout(limitMs),
  }).catch((error: Error) => {
    throw new GuidedError(`The lab does not answer (${error.message}).`, 'look at its terminal, or start it again.');
  });
  if (response.ok) return (await response.json()) as T;
  throw new GuidedError(`The lab could not do that (status ${response.status}).`, 'look at what it says itself.');
}
