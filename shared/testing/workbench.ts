// Everything that the checks of one chapter work with: the broker, its log, and the learner's programs. It owns what it
// hands out; no check cleans up.
import fs from 'node:fs';
import path from 'node:path';
import { EmailGateway } from '#infra/email-gateway/email-gateway.ts';
import { attachKafka } from '#infra/kafka/choose.ts';
import type { BrokerNode, KafkaCluster } from '#infra/kafka/kafka.ts';
import { reservePorts } from '#infra/machine/ports.ts';
import { Run } from '#infra/machine/run.ts';
import { deadLetterTopic, TOPICS } from '../events/topics.ts';
import { NOT_DONE_YET } from '../todo.ts';
import { CheckFailed, demand } from './demand.ts';
import { DirectKafka } from './direct-kafka.ts';
import { type AskingLane, askForKafka, type Job } from './job.ts';
import { Program } from './program.ts';
import { describeExit, Service } from './service.ts';
import { Tap, type Wire, wiresOf } from './tap/tap.ts';
import { TopicLog } from './topic-log.ts';

/** Far from UTC, in whole hours or not: local time is not what a timestamp says. */
const ELSEWHERE = { TZ: 'Asia/Kathmandu' };
/** A service that can reach its broker is ready well within this; a laptop that is busy elsewhere needs some of it. */
const READY_LIMIT_MS = 30_000;
const POLL_MS = 25;
/** A readiness endpoint may ask the broker while we wait. */
const HEALTH_LIMIT_MS = 5_000;

export type Environment = Record<string, string | undefined>;

export class Workbench {
  readonly kafka: KafkaCluster;
  readonly log: TopicLog;
  /** What programs send over the wire, and the faults that can be made there. */
  readonly tap: Tap;
  /** The grader's own way to the broker, past the tap. */
  readonly direct: DirectKafka;
  readonly #job: Job;
  readonly #run: Run;
  readonly #shared = new Map<string, Service>();
  /** Why a service never became ready; the checks that need it fail with the same reason, at once. */
  readonly #neverReady = new Map<string, CheckFailed>();
  #ownedByCheck: Program[] = [];
  readonly #kept: Program[] = [];
  readonly #bridges: Tap[] = [];
  #gateway: Promise<EmailGateway> | undefined;

  private constructor(job: Job, kafka: KafkaCluster, log: TopicLog, tap: Tap) {
    this.#job = job;
    this.#run = Run.join(job.runId);
    this.kafka = kafka;
    this.log = log;
    this.tap = tap;
    this.direct = new DirectKafka({ brokers: kafka.directBrokers });
  }

  /** Each lane has a Kafka of its own. */
  static async open(job: Job, lane: AskingLane): Promise<Workbench> {
    const kafka = attachKafka(await askForKafka(job, lane));
    const topics = job.topics ? [...TOPICS, ...TOPICS.map(deadLetterTopic)] : [];
    const tap = await Tap.open(wiresOf(kafka));
    return new Workbench(job, kafka, await TopicLog.open({ brokers: kafka.directBrokers }, topics), tap);
  }

  async close(): Promise<void> {
    const shared = [...this.#shared.values()].map(({ program }) => program);
    await Promise.all([...shared, ...this.#kept].map((program) => program.kill()));
    await Promise.all([this.log, this.tap, this.direct, ...this.#bridges].map((each) => each.close()));
    await (await this.#gateway)?.close();
  }

  /** Ends what the check has started, and every fault that it has left behind. */
  async endOfCheck(): Promise<void> {
    this.tap.faults.clear();
    (await this.#gateway)?.clear();
    await Promise.all(this.#ownedByCheck.map((program) => program.kill()));
    this.#ownedByCheck = [];
  }

  /** The stand-in of the e-mail vendor; it behaves again after each check. */
  gateway(): Promise<EmailGateway> {
    // A reserved port, because a gateway that was down must get its own again.
    this.#gateway ??= reservePorts(this.#run, 1).then(([port]) => EmailGateway.start(port));
    return this.#gateway;
  }

  /** An address where no broker is, until `open` is called; from then on it leads to the first one. */
  async absentBroker(): Promise<{ address: string; open: () => Promise<void> }> {
    const [listen = 0] = await reservePorts(this.#run, 1);
    const [{ forward }] = wiresOf(this.kafka) as [Wire];
    const open = async () => void this.#bridges.push(await Tap.open([{ listen, forward }]));
    return { address: `127.0.0.1:${listen}`, open };
  }

  /** A service that is ready; checks share it as long as it lives. The environment counts when it has to be started. */
  async service(name: string, environment: Environment = {}): Promise<Service> {
    const failure = this.#neverReady.get(name);
    if (failure) throw failure;
    const running = this.#shared.get(name);
    const service = running && !running.program.exit ? running : await this.#launch(name, environment);
    await this.untilReady(service).catch((error) => {
      if (error instanceof CheckFailed && !running) this.#neverReady.set(name, error);
      throw error;
    });
    this.#shared.set(name, service);
    return service;
  }

  /** Ends the service that checks share, at once; the next check that needs it starts another. */
  async retire(name: string): Promise<void> {
    await this.#shared.get(name)?.program.kill();
    this.#shared.delete(name);
  }

  /** A service of the check's own, not necessarily ready; it ends with the check. */
  async start(name: string, environment: Environment = {}): Promise<Service> {
    const service = await this.#launch(name, environment);
    this.#ownedByCheck.push(service.program);
    return service;
  }

  /** A service of several checks, not necessarily ready; it ends with the last of them. */
  async keep(name: string, environment: Environment): Promise<Service> {
    const service = await this.#launch(name, environment);
    this.#kept.push(service.program);
    return service;
  }

  /** Runs a program with exactly this environment, nothing added; it ends with the check. */
  run(name: string, environment: Environment, args: string[] = []): Program {
    const compiled = this.#job.programs[name];
    if (!compiled?.ok) throw new Error(`the chapter has no program ${name}`);
    // The folder of its database, which replicas share and a successor finds again.
    const { DATABASE_FILE: database } = environment;
    const folder = database ? path.dirname(database) : this.makeFolder(name);
    const program = Program.start({
      file: compiled.file,
      args,
      env: environment,
      folder,
      run: this.#run,
      sandbox: this.#job.sandbox,
    });
    this.#ownedByCheck.push(program);
    return program;
  }

  /** For checks that draw lots. */
  get seed(): number {
    return this.#job.seed;
  }

  /** A new folder, gone with the job. */
  makeFolder(name: string): string {
    return fs.mkdtempSync(path.join(this.#job.folder, `${name}-`));
  }

  async #launch(name: string, environment: Environment): Promise<Service> {
    const [port = 0] = await reservePorts(this.#run, 1);
    // A service may keep its state in a file in every chapter, also where a check does not care about it.
    const DATABASE_FILE = path.join(this.makeFolder(name), `${name}.db`);
    const shared = { ...this.kafka.environment, ...ELSEWHERE, PORT: String(port), DATABASE_FILE };
    const program = this.run(name, { ...shared, ...environment });
    this.#ownedByCheck = this.#ownedByCheck.filter((owned) => owned !== program);
    return new Service(program, port);
  }

  /** Waits until /health/ready answers 200; fails the check when the program ends or does not get there. */
  async untilReady(service: Service, limitMs = READY_LIMIT_MS): Promise<void> {
    await this.untilHealth(service, '/health/ready', 200, limitMs);
  }

  /** The task that a starter has said is still to do. */
  taskOf({ program }: Service): string | undefined {
    return program.stderr.split('\n').find((line) => line.startsWith(NOT_DONE_YET));
  }

  /** Waits until a health endpoint answers with a status. */
  async untilHealth(service: Service, endpoint: string, status: number, limitMs: number): Promise<void> {
    const failure = this.#neverReady.get(service.program.name);
    if (failure) throw failure;
    const deadline = performance.now() + limitMs;
    const expected = `${endpoint} answers ${status} within ${limitMs / 1000} s.`;
    for (;;) {
      const outcome = await service.get(endpoint, HEALTH_LIMIT_MS);
      if (outcome.status === status) return;
      const { exit } = service.program;
      demand(
        !exit,
        expected,
        () => `The program ended with ${describeExit(exit ?? { code: null, signal: null })}.\n\n${service.describe()}`,
      );
      const task = this.taskOf(service);
      demand(!task, expected, () => `The program says: ${task}\n\n${service.describe(outcome)}`);
      demand(performance.now() < deadline, expected, () => service.describe(outcome));
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** Keeps every broker frozen while `during` runs. */
  async whileBrokersPaused<T>(during: () => Promise<T>): Promise<T> {
    await this.#each((node) => node.pause());
    return during().finally(() => this.#each((node) => node.resume()));
  }

  /** Keeps every broker stopped while `during` runs; afterwards they are back on their data. */
  async whileBrokersDown<T>(during: () => Promise<T>): Promise<T> {
    // SIGTERM, because the quorum lets a broker that was killed register again only after its session of 9 s.
    await this.#each((node) => node.stop());
    return during().finally(() => this.#each((node) => node.start()));
  }

  async #each(what: (node: BrokerNode) => Promise<void>): Promise<void> {
    await Promise.all(this.kafka.nodes.map(what));
  }
}
