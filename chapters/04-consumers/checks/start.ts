// How the three programs start: what they need, and where the services join.
import { PARTITIONS } from '#shared/events/topics.ts';
import { check } from '#shared/testing/check.ts';
import { type ConsumingService, caughtUp } from '#shared/testing/consuming-services.ts';
import { demandFacts, holds } from '#shared/testing/demand.ts';
import { type Fact, table } from '#shared/testing/evidence.ts';
import { seizesTheChance } from '#shared/testing/moments.ts';
import type { Program } from '#shared/testing/program.ts';
import { refusal } from '#shared/testing/refusal.ts';
import { witness } from '#shared/testing/witness.ts';
import type { Environment, Workbench } from '#shared/testing/workbench.ts';
import { inventoryResults, notificationResults, onlyResult } from '../results.ts';
import { environmentOf, INVENTORY, NOTIFICATION, running } from '../services.ts';
import { bulkSku, messageOf, orderCreated } from '../traffic.ts';

/** In the log before any service of this lane has started. */
const early = Array.from({ length: 12 }, () => orderCreated({ [bulkSku()]: 1 }));
let waiting: Promise<void> | undefined;

function publishEarly(bench: Workbench): Promise<void> {
  const messages = early.map((order) => messageOf(order));
  waiting ??= bench.direct.publish('orders.created', messages);
  return waiting;
}

const SHARED_LIMIT_MS = 10_000;

check(
  {
    id: 'joins',
    title: 'both services get ready, each in its own group, and have all partitions of their topics',
    points: 6,
    why: 'A group id decides who shares the work with whom. Two services in one group take the records away from each other.',
    next: 'TODO 1 in consume.ts: make a consumer, subscribe, run. The group ids stand in the two services.',
  },
  async (bench) => {
    await publishEarly(bench);
    const services = await Promise.all([running(bench, INVENTORY), running(bench, NOTIFICATION)]);
    const sharesFacts = () => Promise.all([INVENTORY, NOTIFICATION].map((service) => sharesFact(bench, service)));
    // Ready at its first joining; whoever has several members in a process is joined by the others a moment later.
    await seizesTheChance(async () => (await sharesFacts()).every(({ ok }) => ok), SHARED_LIMIT_MS);
    const facts = await sharesFacts();
    const groups = await bench.direct.groups();
    demandFacts(
      'every partition is somebody’s in each group.',
      facts,
      () => `groups: ${groups.join(', ')}\n\n${services.map((service) => service.describe()).join('\n\n')}`,
    );
    await Promise.all(services.map((service) => bench.untilHealth(service, '/health/live', 200, 5_000)));
    return table(
      ['group', 'partitions'],
      facts.map(({ name, actual }) => [name, String(actual)]),
    );
  },
);

async function sharesFact(bench: Workbench, { group, topics }: ConsumingService): Promise<Fact> {
  const members = await bench.direct.members(group);
  const shares = members.flatMap(({ partitions }) => partitions.map(({ topic, partition }) => `${topic}/${partition}`));
  const wanted = topics.flatMap((topic) =>
    Array.from({ length: PARTITIONS }, (_, partition) => `${topic}/${partition}`),
  );
  const found = `${members.length} members with ${new Set(shares).size} partitions`;
  return holds(
    group,
    found,
    `all ${wanted.length} partitions of ${topics.join(', ')}`,
    wanted.every((place) => shares.includes(place)),
  );
}

check(
  {
    id: 'earliest',
    title: 'what was in the topics before the first start is processed by both services',
    points: 6,
    why: 'A group without offsets starts at the end by default: the orders of the night before a first deployment are never read.',
    next: 'TODO 1 in consume.ts: fromBeginning. TODO 2: process and commit. Each group gets every record: two groups, two copies.',
  },
  async (bench) => {
    await publishEarly(bench);
    const inventory = await running(bench, INVENTORY);
    await caughtUp(bench, INVENTORY, [inventory]);
    const notification = await running(bench, NOTIFICATION);
    const log = await caughtUp(bench, NOTIFICATION, [notification]);
    for (const order of early) {
      onlyResult(inventoryResults(log, order), order, inventory);
      onlyResult(notificationResults(log, order), order, notification);
    }
    return `${early.length} orders from before the start: as many inventory results, as many notifications`;
  },
);

/** Of more than a dozen programs that start at once. */
const STARTED_LIMIT_MS = 20_000;

/** Starts a program with what it cannot do without and two addresses, and says whether it has connected to one. */
async function listFact(bench: Workbench, name: string, required: Environment): Promise<Fact> {
  const broker = await witness();
  const addresses = `127.0.0.1:${broker.port},127.0.0.1:${broker.port}`;
  const environment = { ...required, KAFKA_BROKERS: addresses };
  try {
    const program =
      name === 'replay'
        ? bench.run(name, environment, ['orders.created.dlq'])
        : await livingWith(bench, name, environment);
    const connected = () => broker.connections() > 0;
    await seizesTheChance(() => connected() || program.exit !== undefined, STARTED_LIMIT_MS);
    return holds(`${name}: KAFKA_BROKERS=${addresses}`, broker.connections(), 'connections', connected());
  } finally {
    broker.close();
  }
}

/** A service that lives, although there is no broker yet. */
async function livingWith(bench: Workbench, name: string, environment: Environment): Promise<Program> {
  const service = await bench.start(name, environment);
  await bench.untilHealth(service, '/health/live', 200, STARTED_LIMIT_MS);
  return service.program;
}

check(
  {
    id: 'environment',
    title:
      'a missing or malformed variable is named on stderr, and ends the program with exit code 1; one that has a default may be missing, and KAFKA_BROKERS may be a list',
    points: 4,
    why: 'A service that starts with half a configuration fails later, at night, with a message about something else.',
    next: 'Each program reads its environment before it opens anything; keep it that way.',
  },
  async (bench) => {
    const sound = { KAFKA_BROKERS: '127.0.0.1:1', PORT: '18080' };
    await running(bench, INVENTORY);
    const known = await environmentOf(bench, INVENTORY);
    const inventory = { ...sound, ...known, DATABASE_FILE: undefined };
    const cases: [program: string, variable: string, environment: Environment][] = [
      [INVENTORY.name, 'KAFKA_BROKERS', { ...inventory, KAFKA_BROKERS: undefined }],
      [INVENTORY.name, 'PORT', { ...inventory, PORT: '70000' }],
      [INVENTORY.name, 'KAFKA_BROKERS', { ...inventory, KAFKA_BROKERS: 'nonsense' }],
      [INVENTORY.name, 'PORT', { ...inventory, PORT: undefined }],
      [INVENTORY.name, 'PORT', { ...inventory, PORT: '0' }],
      [INVENTORY.name, 'INITIAL_STOCK', { ...inventory, INITIAL_STOCK: undefined }],
      // Ignored when there is a database, and required all the same.
      [INVENTORY.name, 'INITIAL_STOCK', { ...sound, ...known, INITIAL_STOCK: undefined }],
      [INVENTORY.name, 'INITIAL_STOCK', { ...inventory, INITIAL_STOCK: '{"SKU-1": "ten"}' }],
      [INVENTORY.name, 'INITIAL_STOCK', { ...inventory, INITIAL_STOCK: '{"SKU-1": 10' }],
      [INVENTORY.name, 'KAFKA_SESSION_TIMEOUT_MS', { ...inventory, KAFKA_SESSION_TIMEOUT_MS: '6s' }],
      [NOTIFICATION.name, 'PORT', { ...inventory, PORT: undefined }],
      [NOTIFICATION.name, 'KAFKA_BROKERS', { ...inventory, KAFKA_BROKERS: undefined }],
      [NOTIFICATION.name, 'KAFKA_BROKERS', { ...inventory, KAFKA_BROKERS: 'nonsense' }],
      [NOTIFICATION.name, 'EMAIL_GATEWAY_URL', { ...inventory, EMAIL_GATEWAY_URL: undefined }],
      [NOTIFICATION.name, 'EMAIL_GATEWAY_URL', { ...inventory, EMAIL_GATEWAY_URL: 'nonsense' }],
      [NOTIFICATION.name, 'GATEWAY_TIMEOUT_MS', { ...inventory, GATEWAY_TIMEOUT_MS: 'soon' }],
      ['replay', 'KAFKA_BROKERS', { KAFKA_BROKERS: 'nonsense' }],
    ];
    const { INITIAL_STOCK, EMAIL_GATEWAY_URL } = known;
    const [facts, ...lists] = await Promise.all([
      Promise.all(
        cases.map(([program, variable, environment]) => {
          const DATABASE_FILE = environment.DATABASE_FILE ?? `${bench.makeFolder(program)}/never-opened.db`;
          const args = program === 'replay' ? ['orders.created.dlq'] : [];
          return refusal(bench, program, variable, { ...environment, DATABASE_FILE }, args);
        }),
      ),
      ...[INVENTORY.name, NOTIFICATION.name, 'replay'].map((name) =>
        listFact(bench, name, { INITIAL_STOCK, EMAIL_GATEWAY_URL }),
      ),
    ]);
    demandFacts('each of these connects to one of its brokers.', lists, () => '');
    demandFacts('each of these ends with exit code 1 and a line on stderr that names the variable.', facts, () => '');
    return `${cases.length} wrong environments were refused`;
  },
);
