// How often the services speak to the broker while they have nothing to do, as the tap has seen it all along.

import { check } from '#shared/testing/check.ts';
import { demandFacts, holds } from '#shared/testing/demand.ts';
import type { Fact } from '#shared/testing/evidence.ts';
import { seizesTheChance } from '#shared/testing/moments.ts';
import type { TapRequest } from '#shared/testing/tap/tap.ts';
import { INVENTORY, NOTIFICATION, running, SESSION_TIMEOUT_MS } from '../services.ts';

const MOST_FETCH_WAIT_MS = 500;
/** A busy machine may answer late now and then; whoever waits for 5 s does so each time. */
const LATENESS_MS = 1_000;
const MOST_LATE = 2;
const MOST_LATE_SHARE = 0.05;
/** Enough of them to judge by, or as long as they may take. */
const BEATS = 10;
const OBSERVED_MS = 12_000;
/** A heartbeat falls due while a fetch waits, and goes out after it; the rest is for a busy machine. */
const BEAT_MS = SESSION_TIMEOUT_MS / 3 + MOST_FETCH_WAIT_MS + 300;

check(
  {
    id: 'cadence',
    title:
      'a consumer waits at most 500 ms in a fetch, takes its session timeout from KAFKA_SESSION_TIMEOUT_MS, and sends a heartbeat at a third of it or more often',
    points: 3,
    why: 'kafkajs notices a rebalance when a fetch has come back: with its default of 5 s every deployment stands still that much longer.',
    next: 'TODO 1 in consume.ts: maxWaitTimeInMs, sessionTimeout and heartbeatInterval.',
  },
  async (bench) => {
    const services = [await running(bench, INVENTORY), await running(bench, NOTIFICATION)];
    const seen = () => bench.tap.requests.filter(({ api }) => api === 'Heartbeat').length;
    await seizesTheChance(() => seen() >= BEATS, OBSERVED_MS);
    const fetches = bench.tap.requests.filter(({ api }) => api === 'Fetch');
    const waits = fetches.map(({ at, answeredAt = at }) => answeredAt - at);
    const late = waits.filter((wait) => wait > MOST_FETCH_WAIT_MS + LATENESS_MS);
    const mostLate = Math.max(MOST_LATE, Math.round(fetches.length * MOST_LATE_SHARE));
    const facts = [
      holds(
        `fetches that waited ${(MOST_FETCH_WAIT_MS + LATENESS_MS) / 1000} s or longer`,
        late.length,
        `at most ${mostLate}`,
        late.length <= mostLate,
      ),
      ...askedFacts(bench.tap.requests),
      ...beatFacts(bench.tap.requests),
    ];
    demandFacts('fetches that come back soon, and regular heartbeats.', facts, () =>
      services.map((service) => service.describe()).join('\n\n'),
    );
    return facts.map(({ name, actual }) => `${name}: ${actual}`).join('\n');
  },
);

/** What they ask the broker for in so many words. */
function askedFacts(requests: TapRequest[]): Fact[] {
  const longest = requests.reduce((most, { fetchWaitMs = 0 }) => Math.max(most, fetchWaitMs), 0);
  const sessions = new Set(requests.flatMap(({ sessionTimeoutMs }) => sessionTimeoutMs ?? []));
  return [
    holds(
      'longest wait that a fetch asks for, in ms',
      longest,
      `at most ${MOST_FETCH_WAIT_MS}`,
      longest <= MOST_FETCH_WAIT_MS,
    ),
    holds(
      'session timeouts that are asked for, in ms',
      [...sessions].join(', ') || 'none',
      `${SESSION_TIMEOUT_MS}, as KAFKA_SESSION_TIMEOUT_MS says`,
      [...sessions].every((session) => session === SESSION_TIMEOUT_MS),
    ),
  ];
}

/** The middle pause between the heartbeats of each connection that has sent some; other protocols have other ways. */
function beatFacts(requests: TapRequest[]): Fact[] {
  const beats = Map.groupBy(
    requests.filter(({ api }) => api === 'Heartbeat'),
    ({ connection }) => connection,
  );
  return [...beats.values()]
    .filter(({ length }) => length > 3)
    .map((sent) => {
      const pauses = sent.slice(1).map(({ at }, index) => at - (sent[index]?.at ?? 0));
      const middle = Math.round(pauses.sort((a, b) => a - b)[Math.floor(pauses.length / 2)] ?? 0);
      const client = sent[0]?.clientId ?? 'a client';
      return holds(`ms between heartbeats of ${client}`, middle, `at most ${BEAT_MS}`, middle <= BEAT_MS);
    });
}
