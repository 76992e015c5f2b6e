import type { Run } from '../machine/run.ts';

/** The three ways to have a Kafka: a given cluster, containers, or a local JVM. */
export type KafkaWay = 'external' | 'docker' | 'embedded';

/** Apache Kafka's version, the same in every way that we start ourselves. */
export const KAFKA_VERSION = '4.3.1';

export interface KafkaOptions {
  /** What owns the processes, containers and files of the cluster. */
  run: Run;
  /** One broker, or three where a chapter is about replication. */
  brokers: 1 | 3;
  /**
   * Ports that graded programs are sent to, one a broker. The broker advertises them on its CLIENT listener, and whoever
   * passes them listens there and forwards to `BrokerNode.clientPort`. Without them programs reach the broker itself.
   */
  advertisedPorts?: number[];
  /** Port of the first broker's CLIENT listener; a free one without it. */
  preferredPort?: number;
  /** server.properties that a test needs beyond ours. */
  properties?: Record<string, string>;
  /** Told what is being done, in a few words. */
  report?: (status: string) => void;
}

/** One broker of a cluster that we started, with the faults that a grader may cause. */
export interface BrokerNode {
  readonly id: number;
  /** Where the CLIENT listener really listens (host 127.0.0.1). */
  readonly clientPort: number;
  /** Where the DIRECT listener listens: for the grader, never advertised to programs. */
  readonly directPort: number;
  /** Ends the broker cleanly (SIGTERM) and keeps its data. */
  stop(): Promise<void>;
  /** Ends it at once (SIGKILL) and keeps its data. */
  kill(): Promise<void>;
  /** Starts it again on its data, ports and identity; resolves when it answers. */
  start(): Promise<void>;
  /** Freezes it: connections stay open and nothing is answered. */
  pause(): Promise<void>;
  resume(): Promise<void>;
}

export interface KafkaCluster {
  readonly way: KafkaWay;
  readonly version: string;
  readonly clusterId: string;
  /** `host:port` of the DIRECT listeners. */
  readonly directBrokers: string[];
  /** `host:port` that programs get as KAFKA_BROKERS. */
  readonly clientBrokers: string[];
  /** The KAFKA_* variables that a program needs to reach the cluster. */
  readonly environment: Record<string, string>;
  /** Empty for an external cluster, which we never touch. */
  readonly nodes: BrokerNode[];
  /** Plain data with which another process of this machine can `attach` to the same cluster. */
  readonly handle: KafkaHandle;
  /** Ends every broker and deletes its data; nothing for an external cluster. */
  dispose(): Promise<void>;
}

/** A cluster as plain data; `nodes` means something only to its own way. */
export interface KafkaHandle {
  way: KafkaWay;
  version: string;
  clusterId: string;
  runId: string;
  directBrokers: string[];
  clientBrokers: string[];
  environment: Record<string, string>;
  nodes: NodeHandle[];
}

export interface NodeHandle {
  id: number;
  clientPort: number;
  directPort: number;
  /** The broker's folder (embedded) or its container's name (Docker). */
  place: string;
}
