// The traffic that `npm run lab NN` plays against the learner's programs: steps that say what happened, or which task is next.
import type { Service } from './service.ts';
import type { Tap } from './tap/tap.ts';
import type { TopicRecord } from './topic-log.ts';

/** What a step works with. */
export interface LiveLab {
  service(name: string): Service;
  /** Waits until the record of an order is in a topic. Rejects when it does not come within 5 s. */
  recordOf(topic: string, orderId: string): Promise<TopicRecord>;
  /** The records of an order that are in a topic now. */
  recordsOf(topic: string, orderId: string): Promise<TopicRecord[]>;
  /** The wire to the broker, and the faults that can be made there; undefined for a cluster that is not ours. */
  tap: Tap | undefined;
}

export interface ScenarioStep {
  title: string;
  /** The task that makes the step work. */
  task: string;
  /** Returns what was seen in one line; throws a sentence when it did not work. */
  play: (lab: LiveLab) => Promise<string>;
}

export interface Scenario {
  steps: ScenarioStep[];
  /** A command to try by hand; `urlOf` gives the address of a program. */
  tryIt: (urlOf: (program: string) => string) => string;
}
