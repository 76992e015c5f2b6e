// The learner's programs while a lab is up: compiled, started, restarted on save.
import path from 'node:path';
import type { KafkaCluster } from '#infra/kafka/kafka.ts';
import { reservePreferred } from '#infra/machine/ports.ts';
import type { Run } from '#infra/machine/run.ts';
import { compile, linkPackages } from '#shared/testing/compile.ts';
import { Program } from '#shared/testing/program.ts';
import type { CommandOutcome, Scenario } from '#shared/testing/scenario.ts';
import { Service } from '#shared/testing/service.ts';
import { NOT_DONE_YET } from '#shared/todo.ts';
import type { Chapter } from '../chapters.ts';
import { programLine, say } from './timeline.ts';

/** Where programs listen in a lab, in the order of the chapter's list; a port that is taken is replaced. */
const FIRST_PORT = 8080;
const READY_LIMIT_MS = 30_000;
/** How long a program may take that says what is still to be done: it may never get ready. */
const TASK_LIMIT_MS = 5_000;
/** A service may take 10 s to finish what it has in hand; while it is being written, a learner need not. */
const STOP_LIMIT_MS = 7_000;
/** Of a program under the debugger: the most that a broker allows a session, and an hour for the rest. */
const PATIENT = {
  PUBLISH_TIMEOUT_MS: '3600000',
  GATEWAY_TIMEOUT_MS: '3600000',
  KAFKA_SESSION_TIMEOUT_MS: '1800000',
};
const POLL_MS = 50;
/** The longest that a command may take. */
const COMMAND_LIMIT_MS = 60_000;

export interface LiveOptions {
  run: Run;
  chapter: Chapter;
  /** The chapter's folder in the subject. */
  folder: string;
  kafka: KafkaCluster;
  scenario: Scenario;
  gatewayUrl: string;
  /** Debugger ports from here on; deadlines and the permission model are then off. */
  inspectFrom?: number;
}

export class LivePrograms {
  readonly #options: LiveOptions;
  readonly #job: string;
  readonly #ports = new Map<string, number>();
  readonly #services = new Map<string, Service>();
  /** The compiled one-shot programs. */
  readonly #commands = new Map<string, string>();
  /** What a service has written is there again when it is started again. */
  readonly #folders = new Map<string, string>();
  /** The last task that a program has said is still to do. */
  task: string | undefined;

  private constructor(options: LiveOptions) {
    this.#options = options;
    this.#job = options.run.makeFolder('lab');
    linkPackages(this.#job);
  }

  static async create(options: LiveOptions): Promise<LivePrograms> {
    const programs = new LivePrograms(options);
    for (const [index, name] of servicesOf(options.chapter).entries()) {
      const wanted = FIRST_PORT + index;
      const port = await reservePreferred(options.run, wanted);
      if (port !== wanted) say(`port ${wanted} is in use, so ${name} listens on ${port}`);
      programs.#ports.set(name, port);
      programs.#folders.set(name, options.run.makeFolder(name));
    }
    return programs;
  }

  /** Compiles every program and starts the services. Returns false, having said why, when one cannot be started or never gets ready. */
  async start(): Promise<boolean> {
    this.task = undefined;
    for (const [index, name] of this.#options.chapter.programs.entries()) {
      const compiled = await compile(path.join(this.#options.folder, `${name}.ts`), this.#job);
      if (!compiled.ok) {
        say(`${name} does not compile:\n${compiled.sentence}`);
        return false;
      }
      if (this.#options.chapter.commands.includes(name)) this.#commands.set(name, compiled.file);
      else this.#services.set(name, this.#launch(name, compiled.file, index));
    }
    const ready = await Promise.all([...this.#services].map(([name, service]) => this.#untilReady(name, service)));
    return ready.every(Boolean);
  }

  /** Ends every program as a deployment would: SIGTERM, and SIGKILL for one that does not listen. */
  async stop(): Promise<void> {
    const programs = [...this.#services.values()].map(({ program }) => program);
    for (const program of programs) program.signal('SIGTERM');
    await Promise.all(programs.map((program) => program.waitForExit(STOP_LIMIT_MS).catch(() => program.kill())));
    this.#services.clear();
  }

  /** Starts a service again after it has ended. Rejects when it does not get ready. */
  async restart(name: string): Promise<void> {
    const index = this.#options.chapter.programs.indexOf(name);
    const service = this.#launch(name, path.join(this.#job, `${name}.mjs`), index);
    this.#services.set(name, service);
    if (!(await this.#untilReady(name, service))) throw new Error(`${name} did not get ready again`);
  }

  service(name: string): Service {
    const service = this.#services.get(name);
    if (!service) throw new Error(`the program ${name} is not running`);
    return service;
  }

  /** Runs a one-shot program, and waits for its end. */
  async run(name: string, args: string[]): Promise<CommandOutcome> {
    const file = this.#commands.get(name);
    if (!file) throw new Error(`the program ${name} is not among the chapter's commands`);
    say(`${name} ${args.join(' ')}`);
    const { run, kafka } = this.#options;
    const onLine = (line: string) => this.#hear(name, line);
    const program = Program.start({ file, args, run, folder: run.makeFolder(name), env: kafka.environment, onLine });
    const ended = await program.waitForExit(COMMAND_LIMIT_MS).catch(() => undefined);
    if (!ended) {
      await program.kill();
      throw new Error(`${name} ${args.join(' ')} has not ended after ${COMMAND_LIMIT_MS / 1000} s`);
    }
    return { code: ended.code, stdout: program.stdout, stderr: program.stderr };
  }

  /** The services by name, as they were started last; none before that and after a stop. */
  get services(): ReadonlyMap<string, Service> {
    return this.#services;
  }

  get chapterNumber(): string {
    return this.#options.chapter.number;
  }

  urlOf(name: string): string {
    return `http://127.0.0.1:${this.#ports.get(name)}`;
  }

  #launch(name: string, file: string, index: number): Service {
    const { run, kafka, inspectFrom, scenario, gatewayUrl } = this.#options;
    const port = this.#ports.get(name) ?? 0;
    const folder = this.#folders.get(name) ?? run.makeFolder(name);
    const state = { DATABASE_FILE: path.join(folder, `${name}.db`) };
    const own = scenario.services?.[name]?.(gatewayUrl) ?? {};
    const patient = inspectFrom === undefined ? {} : PATIENT;
    const program = Program.start({
      file,
      run,
      folder,
      env: { ...kafka.environment, PORT: String(port), ...state, ...own, ...patient },
      ...(inspectFrom === undefined ? {} : { inspectPort: inspectFrom + index }),
      onLine: (line) => this.#hear(name, line),
    });
    return new Service(program, port);
  }

  #hear(name: string, line: string): void {
    if (line.startsWith(NOT_DONE_YET)) this.task = firstOf(this.task, line.slice(NOT_DONE_YET.length));
    else if (this.#options.scenario.view !== 'sagas' || !isRoutine(line)) programLine(name, line);
  }

  async #untilReady(name: string, service: Service): Promise<boolean> {
    const start = performance.now();
    const limitMs = this.#options.inspectFrom === undefined ? READY_LIMIT_MS : Infinity;
    // A program may name a task because of what it finds in its database, and be ready all the same.
    const mayWait = (waited: number) => waited < (this.task ? TASK_LIMIT_MS : limitMs);
    while (mayWait(performance.now() - start)) {
      const { exit } = service.program;
      if (exit) {
        say(`${name} ended with ${exit.signal ?? `exit code ${exit.code}`}${lastWords(service)}`);
        return false;
      }
      if ((await service.get('/health/ready', 2_000)).status === 200) return true;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    say(`${name} is not ready: GET ${this.urlOf(name)}/health/ready does not answer 200`);
    return false;
  }
}

/** The programs that stay, in the order of the chapter's list. */
export function servicesOf({ programs, commands }: Chapter): string[] {
  return programs.filter((name) => !commands.includes(name));
}

/** What a service says when all is well. */
function isRoutine(line: string): boolean {
  return /"level": ?"info"/.test(line);
}

function lastWords({ program }: Service): string {
  const words = program.tail(4);
  return words ? `; its last words:\n${words}` : ' and said nothing';
}

/** Of two open tasks the one that comes first: a clock may name a later one while an earlier one is waited for. */
function firstOf(known: string | undefined, task: string): string {
  const number = (text: string) => Number(/^TODO (\d+)/.exec(text)?.[1] ?? Infinity);
  return known !== undefined && number(known) <= number(task) ? known : task;
}
