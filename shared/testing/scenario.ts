// The traffic that `npm run lab NN` plays against the learner's programs: steps that say what happened, or which task is next.
import type { Message } from 'kafkajs';
import type { EmailGateway } from '#infra/email-gateway/email-gateway.ts';
import type { ClientConfig } from '#infra/kafka/client-config.ts';
import type { BrokerNode } from '#infra/kafka/kafka.ts';
import type { Service } from './service.ts';
import type { Tap } from './tap/tap.ts';
import type { TopicRecord } from './topic-log.ts';

/** What a step works with. */
export interface LiveLab {
  service(name: string): Service;
  /** Runs a one-shot program with arguments, and waits for its end. */
  run(name: string, args: string[]): Promise<CommandOutcome>;
  /** Ends a service as `kill -9` does. */
  kill(name: string): Promise<void>;
  /** Starts a service that was killed, and waits until it is ready. */
  restart(name: string): Promise<void>;
  /** Publishes records as another service would. */
  publish(topic: string, messages: Message[]): Promise<void>;
  /** Waits until the record of an order is in a topic. Rejects when it does not come within 5 s. */
  recordOf(topic: string, orderId: string): Promise<TopicRecord>;
  /** The records of an order that are in a topic now. */
  recordsOf(topic: string, orderId: string): Promise<TopicRecord[]>;
  /** The wire to the broker, and the faults that can be made there; undefined for a cluster that is not ours. */
  tap: Tap | undefined;
  /** What a client of the scenario's own needs to reach the brokers. */
  connection: ClientConfig;
  /** The brokers, to stop and start them; none of a cluster that is not ours. */
  nodes: BrokerNode[];
  /** The stand-in of the e-mail vendor; it is started only for a scenario whose services want it. */
  gateway: EmailGateway | undefined;
}

/** How a one-shot program ended, and what it printed. */
export interface CommandOutcome {
  /** Null when a signal ended it. */
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface ScenarioStep {
  title: string;
  /** The task that makes the step work. */
  task: string;
  /** Returns what was seen in one line; throws a sentence when it did not work. */
  play: (lab: LiveLab) => Promise<string>;
}

export interface Scenario {
  /** What a service needs beyond Kafka, a port and a file for its state; told where the e-mail gateway is. */
  services?: Record<string, (gatewayUrl: string) => Record<string, string>>;
  /** How records are shown: one by one, or as the sagas of their orders, without what the services say when all is well. */
  view?: 'records' | 'sagas';
  /** Whether a service needs the e-mail gateway. */
  needsGateway?: boolean;
  steps: ScenarioStep[];
  /** A command to try by hand; `urlOf` gives the address of a program. */
  tryIt: (urlOf: (program: string) => string) => string;
}
