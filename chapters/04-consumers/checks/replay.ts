// Dead letters that come back: `replay`, on a topic that no service of this chapter reads.
import { check } from '#shared/testing/check.ts';
import { caughtUp } from '#shared/testing/consuming-services.ts';
import { sameBytes, shown } from '#shared/testing/dead-letters.ts';
import { demand, demandFacts, equals, holds } from '#shared/testing/demand.ts';
import { type Fact, recordTable, table } from '#shared/testing/evidence.ts';
import { GIVEN_UP_MS, seizesTheChance } from '#shared/testing/moments.ts';
import { describeExit } from '#shared/testing/service.ts';
import { isProduceTo } from '#shared/testing/tap/faults.ts';
import type { TopicRecord } from '#shared/testing/topic-log.ts';
import type { Workbench } from '#shared/testing/workbench.ts';
import { LETTERS, letterOf, newOffset, type Original, original, RUN_LIMIT_MS, replay, TOPIC } from '../replays.ts';
import { INVENTORY, running } from '../services.ts';

const NO_TEXT = Buffer.from([0xff, 0xfe, 0]);
/** Nobody else writes dead letters here. */
const EXPIRED = 'notifications.sent.dlq';

/** What a run has added to the topic. */
async function replayedBy(bench: Workbench, act: () => Promise<unknown>): Promise<TopicRecord[]> {
  const before = (await bench.log.catchUp()).length;
  await act();
  return (await bench.log.catchUp()).slice(before).filter(({ topic }) => topic === TOPIC);
}

function sameFacts(
  record: TopicRecord | undefined,
  { key, keyBytes, value, headers }: Original,
  count: string,
): Fact[] {
  const found = record?.message.headers ?? {};
  const added = Object.keys(found).filter((name) => name.startsWith('dlq-'));
  return [
    holds('key', record?.key, String(key), record !== undefined && sameBytes(record.message.key, keyBytes)),
    holds('value', record?.value, 'the same bytes', record !== undefined && sameBytes(record.message.value, value)),
    ...Object.entries(headers)
      .filter(([name]) => name !== 'replay-count')
      .map(([name, header]) =>
        holds(`header ${name}`, shown(found[name]), shown(header), shown(found[name]) === shown(header)),
      ),
    holds('headers dlq-*', added.join(', '), 'none', added.length === 0),
    equals('header replay-count', record?.headers['replay-count'], count),
  ];
}

/** Where the dead letters say that they come from. */
function letterTable(letters: TopicRecord[]): string {
  const rows = letters.map(({ key, headers }) => [
    `${headers['dlq-topic']}[${headers['dlq-partition']}]@${headers['dlq-offset']}`,
    String(headers['dlq-group']),
    String(key),
  ]);
  return table(['dead letter of', 'given up by', 'key'], rows);
}

check(
  {
    id: 'replay-empty',
    title:
      'replay of a dead-letter topic that is empty, whose letters have expired, or that does not exist, does nothing and ends with 0',
    points: 2,
    why: 'It runs every morning, and on most mornings there is nothing to do. That is no error.',
    next: 'letter-box.ts has this, with where a partition begins and where it ends; replay.ts counts nothing.',
  },
  async (bench) => {
    await bench.direct.publish(EXPIRED, [letterOf(original())]);
    // Read before it is gone: the log waits for every record that it knows of.
    await bench.log.catchUp();
    await bench.direct.expire(EXPIRED);
    const records = await replayedBy(bench, async () => {
      for (const topic of [LETTERS, EXPIRED, 'no.such.topic.dlq']) await replay(bench, topic);
    });
    demand(records.length === 0, 'nothing is published.', () => recordTable(records));
    return 'exit code 0, nothing published';
  },
);

check(
  {
    id: 'replay',
    title: 'replay gives each dead letter back to its topic once, as it was, with replay-count',
    points: 8,
    why: 'A record that comes back changed is another record; one that comes back twice because two groups gave it up is a second order.',
    next: 'TODO 6 in replay.ts.',
  },
  async (bench) => {
    const originals = [
      original({ headers: { 'event-type': 'OrderCompleted', tag: ['one', 'two'], trace: Buffer.from([0, 255]) } }),
      original({ value: null }),
      original({ value: NO_TEXT }),
      original({ key: NO_TEXT }),
      // Empty is not missing.
      original({ key: Buffer.alloc(0), value: Buffer.alloc(0) }),
      original({ headers: { 'replay-count': '1' } }),
      original({ headers: { 'replay-count': '9' } }),
    ];
    const keyless = original({ key: null });
    const neighbour = original();
    const all = [...originals, keyless, neighbour];
    const twice = letterOf(originals[0] as Original, { partition: 2, offset: 7 });
    await bench.direct.publish(LETTERS, [
      { ...twice, partition: 0 },
      ...[...originals.slice(1), keyless].map((each) => letterOf(each)),
      // Of another partition, where offsets begin anew.
      letterOf(neighbour, { partition: 0, offset: 7 }),
      // The same record, given up by another group as well.
      { ...twice, headers: { ...twice.headers, 'dlq-group': 'another-group' }, partition: 1 },
    ]);
    const records = await replayedBy(bench, () => replay(bench, LETTERS));
    const facts = all.flatMap((each) => {
      const mine = records.filter(({ key, message }) => key === each.key && sameBytes(message.value, each.value));
      const before = Number(each.headers['replay-count'] ?? 0);
      const [record] = mine;
      return [equals(`records with key ${each.key}`, mine.length, 1), ...sameFacts(record, each, String(before + 1))];
    });
    demandFacts(
      'each dead letter is in orders.completed once, known by dlq-topic, dlq-partition and dlq-offset, and as it was.',
      [...facts, equals('records in all', records.length, all.length)],
      () => `${recordTable(records)}\n\n${letterTable(bench.log.of(LETTERS))}`,
    );
    return recordTable(records);
  },
);

check(
  {
    id: 'replay-again',
    title: 'run again, replay gives back only what has come since, and nothing that it has given back before',
    points: 6,
    why: 'Somebody will run it twice, to be sure.',
    next: 'TODO 6 in replay.ts: leave out what a letter of the same origin has brought back before, in this run or an earlier one.',
  },
  async (bench) => {
    const known = original();
    const place = { partition: 0, offset: newOffset() };
    await bench.direct.publish(LETTERS, [letterOf(known, place)]);
    await replay(bench, LETTERS);
    const nothing = await replayedBy(bench, () => replay(bench, LETTERS));
    demand(nothing.length === 0, 'a second run publishes nothing.', () => recordTable(nothing));
    const fresh = original();
    // Given back, it lay elsewhere, and has died there once more: a record that merely looks the same.
    const diedAgain = { ...known, headers: { ...known.headers, 'replay-count': '1' } };
    await bench.direct.publish(LETTERS, [letterOf(known, place), letterOf(fresh), letterOf(diedAgain)]);
    const records = await replayedBy(bench, () => replay(bench, LETTERS));
    const withKey = (key: string | null) => records.find((record) => record.key === key);
    demandFacts(
      'only the new letter, and that of the record that has died once more; one more letter of the same record is known already.',
      [
        equals('records', records.length, 2),
        ...sameFacts(withKey(fresh.key), fresh, '1'),
        ...sameFacts(withKey(known.key), known, '2'),
      ],
      () => `${recordTable(records)}\n\n${letterTable(bench.log.of(LETTERS))}`,
    );
    return recordTable(records);
  },
);

/** Three of these are more than a client fetches from one partition at once: 1 MiB, kafkajs's maxBytesPerPartition. */
const LARGE_BYTES = 600_000;

check(
  {
    id: 'replay-large',
    title: 'replay gives back every dead letter of a partition, also where they are more than one fetch brings',
    points: 4,
    why: 'After a bad night there are thousands. A tool that stops after the first batch says that all is done.',
    next: 'letter-box.ts, which came finished, reads to the end that the topic had at the start.',
  },
  async (bench) => {
    const originals = [1, 2, 3].map(() => original({ value: Buffer.alloc(LARGE_BYTES, 'x') }));
    for (const each of originals) await bench.direct.publish(LETTERS, [{ ...letterOf(each), partition: 2 }]);
    const records = await replayedBy(bench, () => replay(bench, LETTERS));
    const facts = originals.flatMap((each) =>
      sameFacts(
        records.find(({ key }) => key === each.key),
        each,
        '1',
      ),
    );
    const expected = `${originals.length} dead letters of ${LARGE_BYTES / 1000} kB in one partition, each given back as it was.`;
    demandFacts(expected, [...facts, equals('records', records.length, originals.length)], () => recordTable(records));
    return recordTable(records);
  },
);

check(
  {
    id: 'replay-unheard',
    title: 'an acknowledgement that replay never hears makes no second record',
    points: 3,
    why: 'The connection breaks after the broker has written the record. Who sends it again without a producer id has replayed an order twice.',
    next: 'TODO 6 in replay.ts: the producer is idempotent, as everywhere.',
  },
  async (bench) => {
    const letter = original();
    await bench.direct.publish(LETTERS, [letterOf(letter)]);
    const lost = bench.tap.faults.loseAnswers(isProduceTo(TOPIC));
    const records = await replayedBy(bench, () => replayUntilDone(bench));
    lost.end();
    demandFacts(
      'one record for the letter, whose first acknowledgement was lost.',
      [equals('records', records.length, 1), ...sameFacts(records[0], letter, '1')],
      () => recordTable(records),
    );
    return recordTable(records);
  },
);

const NOBODY = { KAFKA_BROKERS: '127.0.0.1:1' };

/** Runs `replay` once more where trouble has ended it, as its user would. */
async function replayUntilDone(bench: Workbench): Promise<void> {
  const program = bench.run('replay', bench.kafka.environment, [LETTERS]);
  const exit = await program.waitForExit(RUN_LIMIT_MS).catch(() => undefined);
  if (exit?.code !== 0) await replay(bench, LETTERS);
}

check(
  {
    id: 'replay-refused',
    title:
      'a replay that cannot publish, or reaches no broker, says so by its exit code, or waits; it does not end with 0',
    points: 3,
    why: 'Exit code 0 is what the nightly job looks at. Everything else about the failure stands in a log that nobody reads.',
    next: 'TODO 6 in replay.ts: let the error of a publish end the program. That of a connection does so already; keep it so.',
  },
  async (bench) => {
    const letter = original();
    await bench.direct.publish(LETTERS, [letterOf(letter)]);
    const refused = bench.tap.faults.refuse(isProduceTo(TOPIC));
    const program = bench.run('replay', bench.kafka.environment, [LETTERS]);
    const astray = bench.run('replay', { ...bench.kafka.environment, ...NOBODY }, [LETTERS]);
    await seizesTheChance(() => program.exit !== undefined && astray.exit !== undefined, GIVEN_UP_MS);
    refused.end();
    await astray.kill();
    demand(
      astray.exit?.code !== 0,
      'where nobody answers, replay does not end with exit code 0: it has not seen that there is nothing to do.',
      () => `It ended with 0.\n\n${astray.tail()}`,
    );
    const { exit } = program;
    demand(
      exit?.code !== 0,
      'while nothing can be published, replay does not end with exit code 0.',
      () => `It ended with 0 after ${refused.met.length} refused requests.\n\n${program.tail()}`,
    );
    if (!exit) await program.waitForExit(RUN_LIMIT_MS).catch(() => program.kill());
    const records = (await replayedBy(bench, () => replay(bench, LETTERS))).length;
    const all = (await bench.log.catchUp()).filter(({ topic, key }) => topic === TOPIC && key === letter.key);
    demand(all.length === 1, 'afterwards the letter is given back once.', () => recordTable(all));
    return `${exit ? describeExit(exit) : 'it waited'}; ${records} records by the next run`;
  },
);

const CHANCE_MS = 1_000;

check(
  {
    id: 'replay-killed',
    title: 'a replay that is killed before the broker has its records loses none: the next run gives them back',
    points: 4,
    why: 'A tool that ticks off what it has not yet done is worse than none: the dead letters are gone from its list.',
    next: 'TODO 6 in replay.ts: a letter is dealt with when the broker has acknowledged its record.',
  },
  async (bench) => {
    const originals = [original(), original(), original()];
    await bench.direct.publish(
      LETTERS,
      originals.map((each) => letterOf(each)),
    );
    const held = bench.tap.faults.holdRequests(isProduceTo(TOPIC));
    const program = bench.run('replay', bench.kafka.environment, [LETTERS]);
    await seizesTheChance(() => held.met.length > 0 || program.exit !== undefined, RUN_LIMIT_MS);
    await seizesTheChance(() => program.exit !== undefined, CHANCE_MS);
    await program.kill();
    held.cut();
    const records = await replayedBy(bench, () => replay(bench, LETTERS));
    const missing = originals.filter(({ key }) => !records.some((record) => record.key === key));
    demand(
      missing.length === 0,
      'every dead letter is given back.',
      () => `${recordTable(records)}\n\n${program.tail()}`,
    );
    return recordTable(records);
  },
);

check(
  {
    id: 'replay-among-readers',
    title: 'a replay ends although its records are poison, and come back as new dead letters while it is at work',
    points: 2,
    why: 'Whoever replays until nothing is left plays ping-pong with the consumer that gives up on the record again, all night.',
    next: 'letter-box.ts, which came finished, reads to the end that the topic had at the start; replay.ts goes through it once.',
  },
  async (bench) => {
    const service = await running(bench, INVENTORY);
    await bench.direct.publish('orders.created', [{ key: crypto.randomUUID(), value: 'no event' }]);
    await caughtUp(bench, INVENTORY, [service]);
    await replay(bench, 'orders.created.dlq');
    await caughtUp(bench, INVENTORY, [service]);
    return 'exit code 0';
  },
);
