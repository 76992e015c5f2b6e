// Plays a schedule on a system, lets it come to rest, and asks the oracle.
import { setTimeout as pause } from 'node:timers/promises';
import { CheckFailed } from '#shared/testing/demand.ts';
import { positionsBehind } from '#shared/testing/group-progress.ts';
import { isProduceTo } from '#shared/testing/tap/faults.ts';
import type { TapRequest } from '#shared/testing/tap/tap.ts';
import { isAbout } from '#shared/testing/topic-log.ts';
import type { Workbench } from '#shared/testing/workbench.ts';
import { place, storyTable } from './orders.ts';
import { type Action, describeSchedule, makeSchedule, type Schedule, type ServiceName, TOPICS_OF } from './schedule.ts';
import { ALL } from './services.ts';
import { System } from './system.ts';

/** The longest a right system takes: sessions of the killed, a wait for the timeout, and a busy machine. */
const REST_LIMIT_MS = 60_000;
const POLL_MS = 250;
const REPLICAS = 3;
const STALL_LIMIT_MS = 2_000;
const EXIT_LIMIT_MS = 12_000;

/** Returns what was seen; fails the check with the seed and the schedule when the oracle complains. */
export async function playSchedule(bench: Workbench, seed: number, length: number): Promise<string> {
  const schedule = makeSchedule(seed, length);
  const system = await System.create(bench);
  await system.makeWhole();
  for (const { action, pauseMs } of schedule.steps) {
    await perform(bench, system, action);
    await pause(pauseMs);
  }
  bench.tap.faults.clear();
  (await bench.gateway()).clear();
  await system.placed();
  await system.makeWhole();
  await comeToRest(bench, system, schedule);
  // One more order: what was still to come of the others has come when this one is through.
  const [orderService] = system.instances('order-service');
  if (orderService) system.accepted.push((await place(bench, orderService, { 'RARE-3': 1 })).payload.order_id);
  await comeToRest(bench, system, schedule);
  return `seed ${seed}: ${system.accepted.length} orders answered 202; stock conserved, status and topics agree, one end each\n${describeSchedule(schedule)}`;
}

async function comeToRest(bench: Workbench, system: System, schedule: Schedule): Promise<void> {
  const deadline = performance.now() + REST_LIMIT_MS;
  for (;;) {
    const behind = await positionsBehind(bench, ALL);
    const complaints = await system.complaints();
    if (behind.length === 0 && complaints.length === 0) return;
    const task = system
      .all()
      .map((service) => bench.taskOf(service))
      .find(Boolean);
    if (task || performance.now() > deadline) throw failure(bench, system, schedule, complaints, behind.length, task);
    await pause(POLL_MS);
  }
}

function failure(
  bench: Workbench,
  system: System,
  schedule: Schedule,
  complaints: string[],
  behind: number,
  task: string | undefined,
): CheckFailed {
  if (task) return new CheckFailed('the services work.', `The program says: ${task}`);
  const [orderId] = complaints.map((complaint) => /order (\S+)/.exec(complaint)?.[1]).filter(Boolean);
  const story = bench.log.records.filter((record) => orderId && isAbout(record, orderId));
  const evidence = [
    complaints
      .slice(0, 12)
      .map((complaint) => `✗ ${complaint}`)
      .join('\n'),
    behind > 0 ? `${behind} partitions are not read to their end` : '',
    orderId ? `order ${orderId}:\n${storyTable(story)}` : '',
    `The schedule; WORKBOOK_SEED=${schedule.seed} npm test 05 plays it again:\n${describeSchedule(schedule)}`,
    ...system.all().map((service) => service.describe()),
  ];
  return new CheckFailed(
    `after schedule ${schedule.seed} the system comes to rest within ${REST_LIMIT_MS / 1000} s: stock conserved, status and topics agree, one end an order.`,
    evidence.filter(Boolean).join('\n\n'),
  );
}

async function perform(bench: Workbench, system: System, action: Action): Promise<void> {
  switch (action.do) {
    case 'place':
      for (const [index, lines] of action.orders.entries()) system.place(lines, index);
      return;
    case 'restart':
      await end(system, action.service, action.how, 0);
      await pause(action.awayMs);
      if (system.instances(action.service).length === 0) await system.start(action.service);
      return;
    case 'join':
      if (system.instances(action.service).length < REPLICAS) await system.start(action.service);
      return;
    case 'leave':
      return end(system, action.service, action.how, 1);
    case 'stall':
      return stall(bench, system, action.service, action.forMs);
    case 'repeat': {
      const log = await system.log();
      const record = log[Math.floor(action.pick * log.length)];
      if (record) await bench.direct.publish(record.topic, [{ ...record.message, timestamp: undefined }]);
      return;
    }
    case 'lose-ack':
      bench.tap.faults.loseAnswers(publishes(action.service), action.times);
      return;
    case 'gateway-fails': {
      const failing = (await bench.gateway()).fail(() => true, action.status);
      await pause(action.forMs);
      return failing.end();
    }
    default:
      return action satisfies never;
  }
}

/** Ends the oldest instance, unless only `atLeast` would be left. */
async function end(system: System, name: ServiceName, how: 'SIGKILL' | 'SIGTERM', atLeast: number): Promise<void> {
  const instances = system.instances(name);
  const [oldest] = instances;
  if (!oldest || instances.length <= atLeast) return;
  if (how === 'SIGKILL') return oldest.program.kill();
  oldest.program.signal('SIGTERM');
  await oldest.program.waitForExit(EXIT_LIMIT_MS).catch(() => oldest.program.kill());
}

/** Freezes the only instance of a service while the tap holds one of its requests: then it holds up nobody else's database. */
async function stall(bench: Workbench, system: System, name: ServiceName, forMs: number): Promise<void> {
  const [only, another] = system.instances(name);
  if (!only || another) return;
  const held = bench.tap.faults.holdRequests(publishes(name));
  const deadline = performance.now() + STALL_LIMIT_MS;
  while (held.met.length === 0 && performance.now() < deadline) await pause(20);
  if (held.met.length > 0) {
    only.program.signal('SIGSTOP');
    await pause(forMs);
    only.program.signal('SIGCONT');
  }
  held.end();
}

const publishes = (name: ServiceName) => (request: TapRequest) =>
  TOPICS_OF[name].some((topic) => isProduceTo(topic)(request));
