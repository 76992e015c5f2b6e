// The moment at which a group has committed an event: whatever was to be done with it must have been done by then.
import { setTimeout as pause } from 'node:timers/promises';
import type { CourseEvent } from '#shared/events/event.ts';
import type { ConsumingService } from '#shared/testing/consuming-services.ts';
import { CheckFailed } from '#shared/testing/demand.ts';
import { seizesTheChance, until } from '#shared/testing/moments.ts';
import type { Service } from '#shared/testing/service.ts';
import type { TapRequest } from '#shared/testing/tap/tap.ts';
import type { Workbench } from '#shared/testing/workbench.ts';
import { found } from './orders.ts';
import { running } from './services.ts';
import { publish } from './traffic.ts';

/** A transaction's commit of its consumer's offsets counts only at the end of the transaction, which follows the answer. */
const isOffsetCommit = ({ api }: TapRequest) => api === 'OffsetCommit';
/** Below the session timeout: heartbeats wait behind an answer that is held. An answer to an earlier commit may be what is held. */
const HELD_MS = 3_000;
/** What a service answers may be a view that follows its own events. */
const KNOWN_MS = 1_000;
const RECOVERED_MS = 30_000;
const POLL_MS = 20;

/**
 * Publishes an event, and calls `demandEffect` when the group has committed it. The member does not hear of its commit before
 * that: one that commits first and works afterwards is found idle. It is killed then, because what is not done yet may be kept
 * in its database all the same; a successor has to know of it.
 */
export async function whenCommitted(
  bench: Workbench,
  facts: ConsumingService,
  service: Service,
  event: CourseEvent,
  demandEffect: (service: Service) => Promise<unknown>,
): Promise<void> {
  const answers = bench.tap.faults.holdAnswers(isOffsetCommit);
  try {
    await publish(bench, event);
    const log = await bench.log.catchUp();
    const record = log.findLast((each) => found(each).event_id === event.event_id);
    if (!record) throw new Error(`the grader does not find its own ${event.event_type}`);
    const { topic, partition, offset } = record;
    const isCommitted = async () => {
      const committed = (await bench.direct.committed(facts.group, topic)).get(partition);
      return committed !== undefined && committed > BigInt(offset);
    };
    if (!(await seizesTheChance(isCommitted, HELD_MS))) answers.end();
    const expected = `${facts.group} commits the offset of ${event.event_type} when it is processed.`;
    await until({ bench, services: [service], expected }, isCommitted);
    if (!(await failureOf(() => demandEffect(service), KNOWN_MS))) return;
    await service.program.kill();
  } finally {
    answers.end();
  }
  const successor = await running(bench, facts);
  const lost = await failureOf(() => demandEffect(successor), RECOVERED_MS);
  if (lost) throw lost;
}

/** How a demand failed until the end of a time; undefined when it came to hold. */
async function failureOf(demandEffect: () => Promise<unknown>, limitMs: number): Promise<CheckFailed | undefined> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    try {
      await demandEffect();
      return undefined;
    } catch (error) {
      if (!(error instanceof CheckFailed)) throw error;
      if (performance.now() > deadline) return error;
      await pause(POLL_MS);
    }
  }
}
