// What the server tells the live page, and what the page asks of it. Offsets are texts: they do not fit a number.

export interface PartState {
  name: string;
  state: 'running' | 'paused' | 'down';
}

/** What is connected to. */
export interface Attached {
  /** The lab that is up, when it is one of ours. */
  lab?: { chapter: string; services: PartState[]; brokers: PartState[]; controllable: boolean };
  /** Another one is another cluster, also where its brokers are found in the same place. */
  cluster?: string;
  /** Where the brokers are; undefined when there are none. */
  brokers?: string;
  /** What keeps us from reading, in a sentence. */
  trouble?: string;
}

export interface TopicState {
  name: string;
  partitions: { id: number; leader: number; replicas: number[]; inSync: number[]; first: string; end: string }[];
}

export interface GroupState {
  id: string;
  state: string;
  members: { id: string; client: string; host: string; assigned: string[] }[];
  positions: { topic: string; partition: number; committed?: string; first: string; end: string; lag: number }[];
  lag: number;
}

/** A record's value, as far as it is shown. */
export interface ShownValue {
  kind: 'json' | 'text' | 'binary' | 'decoded' | 'tombstone';
  /** Cut after a few thousand characters. */
  text: string;
  bytes: number;
  /** The id that it names of a schema in a registry. */
  schema?: number;
  /** Why it could not be decoded by that schema. */
  trouble?: string;
}

export interface RecordLine {
  topic: string;
  partition: number;
  offset: string;
  /** Milliseconds since 1970, as the record says. */
  timestamp: number;
  key?: string;
  headers: [string, string][];
  value: ShownValue;
  event?: SagaStep;
}

/** What a record is in an order's saga. */
export interface SagaStep {
  id: string;
  type: string;
  detail: string;
  correlation: string;
  from: string;
  to: string[];
}

/** A request to a broker, as it passed the tap. */
export interface WireLine {
  /** Counts requests from 1. */
  number: number;
  api: string;
  version: number;
  client: string;
  connection: number;
  broker: number;
  /** Milliseconds until the answer; none while there is none. */
  took?: number;
  /** Of Produce: the acks and what each batch holds. */
  detail: string;
}

/** What an order service has answered. */
export interface OrderAnswer {
  /** Undefined when there was no answer. */
  status?: number;
  text: string;
}

/** A check of a grading, while it runs and when it is over. */
export interface GradedCheck {
  id: string;
  title: string;
  verdict: string;
  points: number;
  maxPoints: number;
  evidence: string;
  why: string;
  next: string;
  /** The task that it is about. */
  task?: number;
}

export interface Grading {
  chapter: string;
  state: 'running' | 'over' | 'stopped';
  /** What is being done or was found, in a few words. */
  status: string;
  checks: GradedCheck[];
  verdict?: string;
  points?: number;
  maxPoints?: number;
}

/** A learner's work on a chapter, as terminal and page know it. */
export interface WorkState {
  chapter: string;
  /** What has been achieved, in a sentence. */
  progress: string;
  passed: boolean;
  /** What is next, in a sentence. */
  next: string;
  hints: {
    task: number;
    title: string;
    /** HTML of the workbook's own making. */
    rungs: { name: string; html: string }[];
    left: number;
  }[];
}

/** How a file of the learner's differs from the solution's. */
export interface ShownDiff {
  file: string;
  in: 'both' | 'lab' | 'solution';
  hunks: { newStart: number; lines: string[] }[];
}

/** The output of a lab that the page has started. */
export interface LabOutput {
  chapter: string;
  subject: 'labs' | 'solutions';
  running: boolean;
  lines: string[];
}

export type LiveMessage =
  /** The first on every connection: the token that every command must carry. */
  | { kind: 'hello'; token: string }
  | { kind: 'attached'; attached: Attached }
  | { kind: 'topics'; topics: TopicState[] }
  | { kind: 'groups'; groups: GroupState[]; at: number }
  /** `left` records came as well and are not shown. */
  | { kind: 'records'; records: RecordLine[]; left: number }
  | { kind: 'wire'; requests: WireLine[] }
  | { kind: 'output'; output: LabOutput }
  | { kind: 'grading'; grading: Grading };

/** What a page wants to hear of: all about the lab, or only the learner's own work. */
export type About = 'lab' | 'work';

/** Sent when a command was refused. */
export interface Refusal {
  title: string;
  next?: string;
}
