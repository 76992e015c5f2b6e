// `npm run lab NN`: a real Kafka and the learner's programs, the chapter's scenario, and everything that reaches the
// broker, live; on save the programs start again.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { styleText } from 'node:util';
import { EmailGateway } from '#infra/email-gateway/email-gateway.ts';
import { startKafka } from '#infra/kafka/choose.ts';
import { clientConfig } from '#infra/kafka/client-config.ts';
import type { KafkaCluster } from '#infra/kafka/kafka.ts';
import { listenOnPreferred, reservePorts } from '#infra/machine/ports.ts';
import type { Run } from '#infra/machine/run.ts';
import { waitUntil } from '#infra/machine/wait-until.ts';
import { deadLetterTopic, TOPICS } from '#shared/events/topics.ts';
import { DirectKafka } from '#shared/testing/direct-kafka.ts';
import type { LiveLab, Scenario } from '#shared/testing/scenario.ts';
import { Tap, wiresOf } from '#shared/testing/tap/tap.ts';
import { isAbout, TopicLog } from '#shared/testing/topic-log.ts';
import { type Chapter, chapterFolder, findChapter } from '../chapters.ts';
import { brokersOf, createTopics } from '../grader/broker-pool.ts';
import { subjectFolder } from '../grader/subject.ts';
import { statusLine } from '../terminal.ts';
import { openControl } from './lab-control.ts';
import { LivePrograms, servicesOf } from './live-programs.ts';
import { announceLab } from './running-lab.ts';
import { SagaView } from './saga-view.ts';
import { watchSaves } from './save-watch.ts';
import { mailLine, outcomeLine, recordLine, sagaLines, say } from './timeline.ts';

const KAFKA_PORT = 9092;
const GATEWAY_PORT = 8025;
const RECORD_LIMIT_MS = 5_000;
/** A lab runs for as long as its learner likes: of records and requests it remembers the latest, at least so many. */
const KEPT = 5_000;

export interface LabOptions {
  subject: string;
  inspectFrom?: number;
}

/** Never returns; the lab is up until it is interrupted. */
export async function runLab(
  run: Run,
  name: string | undefined,
  { subject, inspectFrom }: LabOptions,
): Promise<number> {
  const chapter = findChapter(name);
  const folder = subjectFolder(subject, chapter);
  say(`chapter ${chapter.number}, ${chapter.title}: ${path.join(subject, chapter.folder)}`);
  const { kafka, tap } = await listenOnPreferred(run, KAFKA_PORT, (port) => openKafka(run, chapter, port));
  const scenario = await loadScenario(chapter);
  const log = await openLog(kafka, chapter, scenario);
  const gateway = scenario.needsGateway ? await openGateway(run) : undefined;
  const programs = await LivePrograms.create({
    run,
    chapter,
    folder,
    kafka,
    scenario,
    gatewayUrl: gateway?.url ?? '',
    ...(inspectFrom ? { inspectFrom } : {}),
  });
  const lab = liveLab(programs, log, kafka, kafka.nodes.length > 0 ? tap : undefined, gateway);
  if (kafka.way !== 'external') {
    const control = await openControl({ programs, nodes: kafka.nodes, tap });
    announceLab(run, { ...noteOf(chapter, kafka), control });
  }

  const round = async () => {
    const started = await programs.start();
    if (started && inspectFrom === undefined) await play(scenario, lab, programs);
    else if (programs.task) say(`${styleText('yellow', 'next:')} ${programs.task}`);
    standBy(chapter, subject, scenario, programs, kafka, inspectFrom);
  };
  await round();
  await watchSaves(folder, async (file) => {
    say(`${file} was saved: starting again`);
    await programs.stop();
    await round();
  });
  return new Promise<number>(() => {});
}

/** Kafka, whose first broker is to be at a port, and what everything that reaches it goes through. */
async function openKafka(run: Run, chapter: Chapter, first: number): Promise<{ kafka: KafkaCluster; tap: Tap }> {
  const status = statusLine();
  const brokers = brokersOf(chapter);
  const advertisedPorts = [first, ...(await reservePorts(run, brokers - 1))];
  const { cluster, reason } = await startKafka(
    { run, brokers, advertisedPorts, report: status.report },
    { allowExternal: true },
  ).finally(status.clear);
  const tap = await Tap.open(wiresOf(cluster)).catch(async (error) => {
    await cluster.dispose();
    throw error;
  });
  tap.keep = KEPT;
  const version = cluster.way === 'external' ? '' : ` ${cluster.version}`;
  const elsewhere = first === KAFKA_PORT || cluster.way === 'external' ? '' : `; port ${KAFKA_PORT} is in use`;
  say(`Kafka${version}: ${reason}, at ${cluster.clientBrokers.join(', ')}${elsewhere}`);
  if (chapter.topics === 'made') await createTopics(connectionTo(cluster));
  if (cluster.way !== 'external') announceLab(run, noteOf(chapter, cluster));
  return { kafka: cluster, tap };
}

function noteOf(chapter: Chapter, { clientBrokers, directBrokers }: KafkaCluster) {
  return { chapter: chapter.folder, brokers: clientBrokers.join(','), direct: directBrokers.join(',') };
}

/** Our own clusters by their direct listeners; an external one with everything that the environment says of it. */
function connectionTo({ way, directBrokers }: KafkaCluster) {
  return way === 'external' ? clientConfig(process.env) : { brokers: directBrokers };
}

async function openLog(kafka: KafkaCluster, chapter: Chapter, { view }: Scenario): Promise<TopicLog> {
  const topics = chapter.topics === 'made' ? [...TOPICS, ...TOPICS.map(deadLetterTopic)] : [];
  const log = await TopicLog.open(connectionTo(kafka), topics);
  log.keep = KEPT;
  await log.catchUp();
  const sagas = new SagaView();
  log.onRecord = view === 'sagas' ? (record) => sagaLines(sagas.linesOf(record)) : recordLine;
  return log;
}

async function loadScenario(chapter: Chapter): Promise<Scenario> {
  const module = await import(pathToFileURL(chapterFolder(chapter, 'scenario.ts')).href);
  return module.scenario as Scenario;
}

/** The inbox is at its address, for a browser or curl. */
async function openGateway(run: Run): Promise<EmailGateway> {
  const gateway = await listenOnPreferred(run, GATEWAY_PORT, (port) => EmailGateway.start(port));
  gateway.onMail = mailLine;
  say(`e-mail gateway: its inbox is at ${gateway.url}`);
  return gateway;
}

function liveLab(
  programs: LivePrograms,
  log: TopicLog,
  kafka: KafkaCluster,
  tap: Tap | undefined,
  gateway: EmailGateway | undefined,
): LiveLab {
  const direct = new DirectKafka(connectionTo(kafka));
  return {
    kill: (name) => programs.service(name).program.kill(),
    restart: (name) => programs.restart(name),
    publish: (topic, messages) => direct.publish(topic, messages),
    gateway,
    service: (name) => programs.service(name),
    run: (name, args) => programs.run(name, args),
    recordsOf: async (topic, orderId) => {
      await log.catchUp();
      return log.of(topic).filter((record) => isAbout(record, orderId));
    },
    recordOf: async (topic, orderId) => {
      const find = () => log.of(topic).find((record) => isAbout(record, orderId));
      await waitUntil(() => find() !== undefined, RECORD_LIMIT_MS, `a record of order ${orderId} in ${topic}`);
      return find() as NonNullable<ReturnType<typeof find>>;
    },
    tap,
    connection: connectionTo(kafka),
    nodes: kafka.nodes,
  };
}

/** Plays the steps up to the first that does not work, and says which task that is. */
async function play({ steps }: Scenario, lab: LiveLab, programs: LivePrograms): Promise<void> {
  for (const { title, task, play: playStep } of steps) {
    try {
      const seen = await playStep(lab);
      outcomeLine(true, `${title}: ${seen}`);
    } catch (error) {
      outcomeLine(false, `${title}: ${(error as Error).message}`);
      say(`${styleText('yellow', 'next:')} ${programs.task ?? task}`);
      return;
    }
  }
  say(`${styleText('green', 'the scenario works.')} What the grader thinks of it: npm test ${programs.chapterNumber}`);
}

function standBy(
  chapter: Chapter,
  subject: string,
  scenario: Scenario,
  programs: LivePrograms,
  kafka: KafkaCluster,
  inspectFrom: number | undefined,
): void {
  const addresses = servicesOf(chapter).map((name) => `${name} ${programs.urlOf(name)}`);
  const brokers = kafka.clientBrokers.join(',');
  say(`up: ${addresses.join(', ') || 'Kafka'}`);
  for (const name of chapter.commands) {
    const flag = inspectFrom ? ` --inspect-brk=${inspectFrom}` : '';
    say(`${name} by hand: KAFKA_BROKERS=${brokers} npx tsx${flag} ${path.join(subject, chapter.folder, name)}.ts …`);
  }
  if (inspectFrom && addresses.length > 0)
    say(`debugger on 127.0.0.1:${inspectFrom}; deadlines are off, and the scenario is yours to play`);
  console.log(scenario.tryIt((name) => programs.urlOf(name)));
  say(`save a file in ${path.join(subject, chapter.folder)} to start again; Ctrl-C ends everything`);
}
