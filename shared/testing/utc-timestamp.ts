// When an event says that it happened. Programs and graders run on one machine, and read one clock.
import { holds } from './demand.ts';
import type { Fact } from './evidence.ts';

const UTC_MILLISECONDS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(Z|\+00:00)$/;
/** Longer than a record waits to be judged, and shorter than the difference between any two time zones. */
const RECENT_MS = 300_000;
/** Between two readings of a clock that has steps. */
const CLOCK_MS = 50;
const HOUR_MS = 3_600_000;

/** What the contract says of the timestamp of an event that has just been published. */
export function timestampFact(timestamp: unknown): Fact {
  const written = typeof timestamp === 'string' && UTC_MILLISECONDS.test(timestamp);
  const isRecent = written && Math.abs(Date.parse(timestamp) - Date.now()) < RECENT_MS;
  return holds('timestamp', timestamp, 'now, ISO 8601, UTC, ms', isRecent);
}

/** That an event happened between two moments, in milliseconds since 1970; `what` names the two. */
export function happenedFact(timestamp: unknown, what: string, from: number, until: number): Fact {
  const time = Date.parse(String(timestamp));
  const between = `${new Date(from).toISOString()} to ${new Date(until).toISOString()}`;
  return holds(`timestamp, ${what}`, timestamp, between, time >= from - CLOCK_MS && time <= until + CLOCK_MS);
}

/** An event that has waited for its consumer, as events do behind a lag. */
export function anHourOld<Event extends { timestamp: string }>(event: Event): Event {
  return { ...event, timestamp: new Date(Date.parse(event.timestamp) - HOUR_MS).toISOString() };
}
