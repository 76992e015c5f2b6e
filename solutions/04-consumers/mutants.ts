// What goes wrong in chapter 04, each as edits of the solution and the check that must notice; then what is right as well.
import { type AlsoRight, type Edit, type Mutant, publishingInTransactions, trustingAnybody } from '#shared/mutant.ts';

const edit =
  (file: string) =>
  (from: string, to: string): Edit => ({ file, from, to });
const consume = edit('consume.ts');
const patience = edit('patience.ts');
const stock = edit('stock.ts');
const inventory = edit('inventory-service.ts');
const notification = edit('notification-service.ts');
const notifications = edit('notifications.ts');
const gateway = edit('gateway.ts');
const replay = edit('replay.ts');
const letterBox = edit('letter-box.ts');

const WORK = '      await whileBeating(heartbeat, beatEveryMs, this.#abandon.signal, work);\n';
const COMMIT = `      const next = String(BigInt(message.offset) + 1n);
      await commitOffsetsIfNecessary({ topics: [{ topic, partitions: [{ partition, offset: next }] }] });
`;
const LOOP = '    for (const message of messages) {\n      if (!isRunning()) return;\n';
const POISON = "      case 'poison':\n        return this.#bury(placed, reading.reason);\n";
const READ = '    const reading = readEvent(placed.message.value);\n';
const KNOWN = '      const known = this.#resultOf(order.event_id);\n';
const PUBLISH_RESULT = '  await publisher.publish(topic, [toMessage(result)]);\n';
const PUBLISH_LETTER =
  '    await publisher.publish(deadLetterTopic(placed.topic), [deadLetter(placed, group, reason)]);\n';
const CLOSE = '    await this.#consumer?.disconnect();\n    clearTimeout(timer);\n';
const SENT = '  const sent = notifications.sentFor(event.event_id) ?? (await notify(event, kind, signal));\n';
const REMEMBER =
  "  if (event.event_type === 'OrderCreated') notifications.rememberCustomer(order_id, event.payload.customer_id);\n";
const REPUBLISH = '      await publisher.publish(topicOf(letter.message), [replayed(letter.message)]);\n';

/** A client that each program makes by itself, of the brokers alone. */
const ownClient = (brokers: string): Edit[] =>
  [inventory, notification, replay].flatMap((program) => [
    program("import { kafkaFromEnvironment } from '#shared/kafka/connect.ts';\n", "import { Kafka } from 'kafkajs';\n"),
    program('const kafka = kafkaFromEnvironment(', 'const kafka = connect('),
    program(
      'const kafka =',
      `function connect(clientId: string, _log: unknown, options: object): Kafka {
  return new Kafka({ clientId, brokers: ${brokers}, ...options });
}

const kafka =`,
    ),
  ]);

/** After this answer the gateway is asked again once a second, for ever. */
const steadyAfter = (status: number): Edit[] => [
  gateway(
    'return meaningOf(response.status);',
    `if (response.status !== ${status}) return meaningOf(response.status);
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      return this.post(mail, key, signal);`,
  ),
];

export const mutants: Mutant[] = [
  // joining
  {
    name: 'reads-from-the-end',
    caughtBy: 'earliest',
    edits: [consume('subscribe({ topics, fromBeginning: true })', 'subscribe({ topics })')],
  },
  {
    name: 'both-services-in-one-group',
    caughtBy: 'joins',
    edits: [notification("group: 'notification-service-group'", "group: 'inventory-service-group'")],
  },
  {
    name: 'a-group-for-each-replica',
    caughtBy: 'joins',
    edits: [consume('      groupId: group,\n', '      groupId: `${group}-${process.pid}`,\n')],
  },
  {
    name: 'topics-left-out',
    caughtBy: 'joins',
    edits: [notification(", 'orders.cancelled'],", '],')],
  },
  {
    name: 'fetch-wait-of-the-library',
    caughtBy: 'cadence',
    edits: [consume('      maxWaitTimeInMs: 500,\n', '')],
  },
  {
    name: 'heartbeats-of-the-library',
    caughtBy: 'cadence',
    edits: [consume('      heartbeatInterval: sessionTimeoutMs / 6,\n', '')],
  },
  // when to commit
  {
    name: 'commit-before-processing',
    caughtBy: 'killed-before-result',
    edits: [consume(COMMIT, ''), consume(WORK, `${COMMIT}${WORK}`)],
  },
  {
    name: 'commit-without-plus-one',
    caughtBy: 'earliest',
    edits: [consume('String(BigInt(message.offset) + 1n)', 'message.offset')],
  },
  {
    name: 'handler-not-awaited',
    caughtBy: 'killed-before-result',
    edits: [consume(WORK, WORK.replace('await ', 'void '))],
  },
  {
    name: 'forEach-async',
    caughtBy: 'growing-pauses',
    edits: [
      consume(LOOP, '    messages.forEach(async (message) => {\n      if (!isRunning()) return;\n'),
      consume('      await heartbeat();\n    }\n', '      await heartbeat();\n    });\n'),
    ],
  },
  {
    name: 'batch-at-once',
    caughtBy: 'growing-pauses',
    edits: [
      consume(LOOP, '    await Promise.all(messages.map(async (message) => {\n      if (!isRunning()) return;\n'),
      consume('      await heartbeat();\n    }\n', '      await heartbeat();\n    }));\n'),
    ],
  },
  {
    name: 'auto-resolve-and-break',
    caughtBy: 'sigterm',
    edits: [
      consume('      eachBatchAutoResolve: false,\n', ''),
      consume('      autoCommit: false,\n', ''),
      consume(COMMIT, ''),
    ],
  },
  {
    name: 'commits-now-and-then',
    caughtBy: 'earliest',
    edits: [consume(COMMIT, '      await commitOffsetsIfNecessary();\n')],
  },
  {
    name: 'commit-before-the-result',
    caughtBy: 'killed-before-result',
    edits: [inventory(PUBLISH_RESULT, PUBLISH_RESULT.replace('await ', 'void '))],
  },
  {
    name: 'error-logged-and-passed-over',
    caughtBy: 'sigterm-in-retry',
    edits: [consume('          throw error;\n', "          return log.error('this one failed');\n")],
  },
  // poison
  {
    name: 'poison-throws',
    caughtBy: 'poison',
    edits: [consume(POISON, "      case 'poison':\n        throw new Error(reading.reason);\n")],
  },
  {
    name: 'poison-is-a-syntax-error',
    caughtBy: 'poison',
    edits: [
      consume(POISON, "      case 'poison':\n        throw new SyntaxError(reading.reason);\n"),
      consume('await pause(PAUSE_AFTER_END_MS);', 'await new Promise(() => {});'),
    ],
  },
  {
    name: 'poison-dropped',
    caughtBy: 'poison',
    edits: [consume(POISON, "      case 'poison':\n        return log.warn(reading.reason);\n")],
  },
  {
    name: 'dead-letter-without-commit',
    caughtBy: 'poison',
    edits: [
      consume(
        PUBLISH_LETTER,
        `${PUBLISH_LETTER}    if (placed.message.value?.length === 2) throw new Error('again');\n`,
      ),
    ],
  },
  {
    name: 'dead-letter-without-key',
    caughtBy: 'poison',
    edits: [consume('[deadLetter(placed, group, reason)]', '[{ ...deadLetter(placed, group, reason), key: null }]')],
  },
  {
    name: 'dead-letter-as-text',
    caughtBy: 'poison',
    edits: [
      consume(
        '[deadLetter(placed, group, reason)]',
        '[{ ...deadLetter(placed, group, reason), value: String(placed.message.value) }]',
      ),
    ],
  },
  {
    name: 'dead-letter-without-its-headers',
    caughtBy: 'poison',
    edits: [
      consume(
        '[deadLetter(placed, group, reason)]',
        '[deadLetter({ ...placed, message: { ...placed.message, headers: {} } }, group, reason)]',
      ),
    ],
  },
  {
    name: 'one-dead-letter-topic-for-all',
    caughtBy: 'poison-notification',
    edits: [consume('deadLetterTopic(placed.topic)', "deadLetterTopic('orders.created')")],
  },
  {
    name: 'dead-letter-not-awaited',
    caughtBy: 'publish-refused',
    edits: [consume(PUBLISH_LETTER, PUBLISH_LETTER.replace('await ', 'void ').replace(');\n', ').catch(() => {});\n'))],
  },
  {
    name: 'result-refused-and-forgotten',
    caughtBy: 'publish-refused',
    edits: [
      inventory(
        PUBLISH_RESULT,
        PUBLISH_RESULT.replace(');\n', ').catch((error: Error) => log.error(error.message));\n'),
      ),
    ],
  },
  {
    name: 'any-error-is-poison',
    caughtBy: 'publish-refused',
    edits: [consume('if (error instanceof Poison) return', 'if (error instanceof Error) return')],
  },
  {
    name: 'customer-by-default',
    caughtBy: 'poison-notification',
    edits: [
      consume('readEvent(placed.message.value)', 'readEvent(withCustomer(placed.message.value))'),
      consume(
        'export interface Consumption {\n',
        `function withCustomer(value: Buffer | null): Buffer | null {
  try {
    const event = JSON.parse(String(value));
    event.payload.customer_id ??= 'unknown';
    return Buffer.from(JSON.stringify(event));
  } catch {
    return value;
  }
}

export interface Consumption {
`,
      ),
    ],
  },
  {
    name: 'unknown-type-is-poison',
    caughtBy: 'unknown-type',
    edits: [
      consume(
        '        return log.info(`skipped an event of the unknown type ${reading.type}`);\n',
        '        return this.#bury(placed, `unknown type ${reading.type}`);\n',
      ),
    ],
  },
  // the effect
  {
    name: 'no-memory-of-events',
    caughtBy: 'repeated-event',
    edits: [
      stock(`${KNOWN}      if (known) return known;\n`, ''),
      stock("'INSERT INTO processed VALUES (?, ?)'", "'INSERT OR REPLACE INTO processed VALUES (?, ?)'"),
    ],
  },
  {
    name: 'memory-in-memory',
    caughtBy: 'killed-before-commit',
    edits: [
      stock(
        '  readonly #database: DatabaseSync;\n',
        '  readonly #database: DatabaseSync;\n  readonly #seen = new Map<string, Result>();\n',
      ),
      stock(KNOWN, '      const known = this.#seen.get(order.event_id);\n'),
      stock(
        "      const insert = this.#database.prepare('INSERT INTO processed VALUES (?, ?)');\n      insert.run(order.event_id, JSON.stringify(result));\n",
        '      this.#seen.set(order.event_id, result);\n',
      ),
    ],
  },
  {
    name: 'remembered-after-it-was-published',
    caughtBy: 'killed-before-commit',
    edits: [
      stock(
        "      const insert = this.#database.prepare('INSERT INTO processed VALUES (?, ?)');\n      insert.run(order.event_id, JSON.stringify(result));\n",
        '',
      ),
      stock(
        '  close(): void {',
        "  remember(eventId: string, result: Result): void {\n    const insert = this.#database.prepare('INSERT OR REPLACE INTO processed VALUES (?, ?)');\n    insert.run(eventId, JSON.stringify(result));\n  }\n\n  close(): void {",
      ),
      inventory(PUBLISH_RESULT, `${PUBLISH_RESULT}  stock.remember(event.event_id, result);\n`),
    ],
  },
  {
    name: 'repetition-makes-a-new-event',
    caughtBy: 'repeated-event',
    edits: [
      stock(
        '      if (known) return known;\n',
        '      if (known) return { ...known, event_id: crypto.randomUUID() };\n',
      ),
    ],
  },
  {
    name: 'repetition-is-not-answered',
    caughtBy: 'killed-before-result',
    edits: [
      stock('  reserve(order: OrderCreated): Result {\n', '  reserve(order: OrderCreated): Result | undefined {\n'),
      stock('      if (known) return known;\n', '      if (known) return undefined;\n'),
      inventory('  const topic = result', '  if (!result) return;\n  const topic = result'),
    ],
  },
  {
    name: 'half-a-reservation',
    caughtBy: 'refused',
    edits: [
      stock(
        "      if (result.event_type === 'InventoryReserved') this.#take(wanted);\n",
        '      this.#take(new Map([...wanted].filter(([sku, quantity]) => quantity <= (this.levelOf(sku)?.available ?? 0))));\n',
      ),
    ],
  },
  {
    name: 'lines-checked-one-by-one',
    caughtBy: 'refused',
    edits: [
      stock(
        '      .filter(({ requested, level }) => requested > (level?.available ?? 0));\n',
        '      .filter(({ sku, requested, level }) => (sku === "" ? 0 : Math.min(requested, 6)) > (level?.available ?? 0) || requested === 11);\n',
      ),
    ],
  },
  {
    name: 'one-left-over',
    caughtBy: 'last-one',
    edits: [stock('requested > (level?.available ?? 0)', 'requested >= (level?.available ?? 0)')],
  },
  {
    name: 'unknown-is-out-of-stock',
    caughtBy: 'refused',
    edits: [stock("? 'UNKNOWN_SKU' : 'OUT_OF_STOCK'", "? 'OUT_OF_STOCK' : 'OUT_OF_STOCK'")],
  },
  {
    name: 'reason-of-the-first-fault',
    caughtBy: 'refused',
    edits: [stock('short.some(({ level }) => level === undefined)', 'short[0]?.level === undefined')],
  },
  {
    name: 'correlation-lost',
    caughtBy: 'reserved',
    edits: [stock('correlationId: order.correlation_id', 'correlationId: crypto.randomUUID()')],
  },
  {
    name: 'caused-by-nobody',
    caughtBy: 'reserved',
    edits: [stock('causationId: order.event_id', 'causationId: null')],
  },
  {
    name: 'results-have-the-time-of-the-order',
    caughtBy: 'reserved',
    edits: [
      stock(
        "return newEvent({ ...from, type: 'InventoryFailed', payload: failure });",
        "return { ...newEvent({ ...from, type: 'InventoryFailed', payload: failure }), timestamp: order.timestamp };",
      ),
      stock(
        "return newEvent({ ...from, type: 'InventoryReserved', payload: { order_id, items } });",
        "const reserved = newEvent({ ...from, type: 'InventoryReserved', payload: { order_id, items } });\n    return { ...reserved, timestamp: order.timestamp };",
      ),
    ],
  },
  {
    name: 'told-when-its-cause-happened',
    caughtBy: 'mails',
    edits: [
      notifications('      const sent: NotificationSent = newEvent({\n', '      const event = newEvent({\n'),
      notifications(
        "        payload: { order_id, kind, channel: 'email' },\n      });\n",
        "        payload: { order_id, kind, channel: 'email' },\n      });\n      const sent = { ...event, timestamp: cause.timestamp } as NotificationSent;\n",
      ),
    ],
  },
  {
    name: 'keyed-by-event',
    caughtBy: 'reserved',
    edits: [inventory('[toMessage(result)]', '[{ ...toMessage(result), key: result.event_id }]')],
  },
  {
    name: 'stock-from-the-environment-again',
    caughtBy: 'killed-before-result',
    edits: [
      stock(
        '  levelOf(sku: string)',
        "  refill(initial: Record<string, number>): void {\n    const update = this.#database.prepare('UPDATE stock SET available = ?, reserved = 0 WHERE sku = ?');\n    for (const [sku, available] of Object.entries(initial)) update.run(available, sku);\n  }\n\n  levelOf(sku: string)",
      ),
      inventory(
        'const publisher = new Publisher(kafka);\n',
        'stock.refill(config.INITIAL_STOCK);\nconst publisher = new Publisher(kafka);\n',
      ),
    ],
  },
  {
    name: 'new-skus-from-the-environment',
    caughtBy: 'killed-before-result',
    edits: [
      stock(
        "      const insert = database.prepare('INSERT INTO stock VALUES (?, ?, 0, 0)');\n",
        "    });\n    inTransaction(this.#database, () => {\n      const insert = this.#database.prepare('INSERT OR IGNORE INTO stock VALUES (?, ?, 0, 0)');\n",
      ),
    ],
  },
  {
    name: 'decides-from-a-copy',
    caughtBy: 'replicas',
    edits: [
      stock(
        '  readonly #database: DatabaseSync;\n',
        '  readonly #database: DatabaseSync;\n  readonly #copy = new Map<string, StockLevel>();\n',
      ),
      stock(
        '  levelOf(sku: string)',
        `  readCopy(): void {
    for (const row of this.#database.prepare('SELECT * FROM stock').all()) {
      const level = row as unknown as StockLevel;
      this.#copy.set(level.sku, level);
    }
  }

  levelOf(sku: string)`,
      ),
      stock('level: this.levelOf(sku) }', 'level: this.#copy.get(sku) }'),
      stock(
        'for (const [sku, quantity] of wanted) update.run(quantity, quantity, sku);\n',
        `for (const [sku, quantity] of wanted) {
      update.run(quantity, quantity, sku);
      const level = this.#copy.get(sku);
      if (level) level.available -= quantity;
    }
`,
      ),
      inventory(
        'const publisher = new Publisher(kafka);\n',
        'stock.readCopy();\nconst publisher = new Publisher(kafka);\n',
      ),
    ],
  },
  {
    name: 'stock-in-memory',
    caughtBy: 'replicas',
    edits: [inventory('new Stock(config.DATABASE_FILE,', "new Stock(':memory:',")],
  },
  // patience
  {
    name: 'no-heartbeat-while-waiting',
    caughtBy: 'slow-gateway',
    edits: [
      patience('    heartbeat().catch((reason) => refused.abort(reason));\n', '    refused.signal.throwIfAborted();\n'),
    ],
  },
  {
    name: 'same-pause-each-time',
    caughtBy: 'growing-pauses',
    edits: [patience('Math.min(wait * 2, LONGEST_PAUSE_MS)', 'Math.min(wait, LONGEST_PAUSE_MS)')],
  },
  {
    name: 'too-many-requests-at-a-steady-pace',
    caughtBy: 'growing-pauses',
    edits: steadyAfter(429),
  },
  {
    name: 'a-broken-gateway-at-a-steady-pace',
    caughtBy: 'growing-pauses',
    edits: steadyAfter(503),
  },
  {
    name: 'drops-what-is-in-hand-at-sigterm',
    caughtBy: 'sigterm-in-hand',
    edits: [consume('const IN_HAND_MS = 5_000;', 'const IN_HAND_MS = 0;')],
  },
  {
    name: 'session-timeout-of-its-own',
    caughtBy: 'cadence',
    edits: [
      {
        file: 'notification-service.ts',
        from: '  sessionTimeoutMs: config.KAFKA_SESSION_TIMEOUT_MS,\n',
        to: '  sessionTimeoutMs: 10_000,\n',
      },
      {
        file: 'inventory-service.ts',
        from: '  sessionTimeoutMs: config.KAFKA_SESSION_TIMEOUT_MS,\n',
        to: '  sessionTimeoutMs: 10_000,\n',
      },
    ],
  },
  {
    name: 'fetch-wait-of-a-second',
    caughtBy: 'cadence',
    edits: [{ file: 'consume.ts', from: 'maxWaitTimeInMs: 500,', to: 'maxWaitTimeInMs: 1_000,' }],
  },
  {
    name: 'customers-by-correlation',
    caughtBy: 'mails',
    edits: [
      {
        file: 'notification-service.ts',
        from: 'notifications.rememberCustomer(order_id, event.payload.customer_id)',
        to: 'notifications.rememberCustomer(correlation_id, event.payload.customer_id)',
      },
      {
        file: 'notification-service.ts',
        from: 'notifications.customerOf(order_id)',
        to: 'notifications.customerOf(correlation_id)',
      },
    ],
  },
  {
    name: 'a-sku-is-a-word',
    caughtBy: 'chain',
    edits: [
      {
        file: 'consume.ts',
        from: '    const reading = readEvent(placed.message.value);\n',
        to: "    const reading = readEvent(placed.message.value);\n    if (reading.kind === 'event' && reading.event.event_type === 'OrderCreated') {\n      const odd = reading.event.payload.items.find(({ sku }) => !/^[\\w-]+$/.test(sku));\n      if (odd) return this.#bury(placed, `${odd.sku} is no sku`);\n    }\n",
      },
    ],
  },
  {
    name: 'seeks-back-and-goes-on',
    caughtBy: 'publish-refused',
    edits: [
      {
        file: 'consume.ts',
        from: '      await whileBeating(heartbeat, beatEveryMs, this.#abandon.signal, work);\n',
        to: '      try {\n        await whileBeating(heartbeat, beatEveryMs, this.#abandon.signal, work);\n      } catch (error) {\n        this.#options.log.warn(`offset ${message.offset} failed: ${(error as Error).message}`);\n        this.#consumer?.seek({ topic, partition, offset: message.offset });\n        continue;\n      }\n',
      },
    ],
  },
  {
    name: 'unknown-lines-one-by-one',
    caughtBy: 'refused',
    edits: [
      {
        file: 'stock.ts',
        from: '    const failure = this.#failureOf(order_id, wanted);\n',
        to: "    const unknown = order.payload.items.filter(({ sku }) => !this.levelOf(sku));\n    const failure: Failure | undefined =\n      unknown.length > 0\n        ? { order_id, reason: 'UNKNOWN_SKU', unavailable: unknown.map(({ sku, quantity }) => ({ sku, requested: quantity, available: 0 })) }\n        : this.#failureOf(order_id, wanted);\n",
      },
    ],
  },
  {
    name: 'a-sku-in-any-case',
    caughtBy: 'refused',
    edits: [
      {
        file: 'stock.ts',
        from: 'CREATE TABLE stock (sku TEXT PRIMARY KEY,',
        to: 'CREATE TABLE stock (sku TEXT COLLATE NOCASE PRIMARY KEY,',
      },
    ],
  },
  {
    name: 'replay-until-nothing-is-left',
    caughtBy: 'replay-among-readers',
    edits: [
      {
        file: 'replay.ts',
        from: '  console.log(JSON.stringify({ topic, replayed: await replayAll() }));\n',
        to: '  let replayed = 0;\n  for (let more = await replayAll(); more > 0; more = await replayAll()) replayed += more;\n  console.log(JSON.stringify({ topic, replayed }));\n',
      },
    ],
  },
  {
    name: 'a-broken-connection-at-a-steady-pace',
    caughtBy: 'growing-pauses-in-silence',
    edits: [
      {
        file: 'gateway.ts',
        from: '      const { message, cause } = error as Error;\n',
        to: "      const { name, message, cause } = error as Error;\n      if (name === 'TypeError' && !signal.aborted) {\n        await new Promise((resolve) => setTimeout(resolve, 500));\n        return this.post(mail, key, signal);\n      }\n",
      },
    ],
  },
  {
    name: 'any-certificate-will-do',
    caughtBy: 'secured',
    edits: [trustingAnybody('inventory-service.ts', 'const log = createLog(SERVICE);\n')],
  },
  {
    name: 'gives-up-after-three',
    caughtBy: 'growing-pauses',
    edits: [
      notification(
        '  const outcome = await untilItSucceeds(async () => {\n',
        '  let attempts = 0;\n  const outcome = await untilItSucceeds(async () => {\n',
      ),
      notification(
        "    if (answer.kind !== 'transient') return answer;\n",
        "    if (answer.kind !== 'transient') return answer;\n    if (++attempts === 3) throw new Poison('three attempts are enough');\n",
      ),
    ],
  },
  {
    name: 'stops-only-when-the-gateway-answers',
    caughtBy: 'sigterm-in-retry',
    edits: [patience('AbortSignal.any([stopped, refused.signal])', 'refused.signal')],
  },
  {
    name: 'too-many-requests-is-final',
    caughtBy: 'transient',
    edits: [gateway('const TRANSIENT = [408, 429];', 'const TRANSIENT = [408];')],
  },
  {
    name: 'transient-by-a-list',
    caughtBy: 'transient',
    edits: [
      gateway('const TRANSIENT = [408, 429];', 'const TRANSIENT = [408, 429, 500, 502, 503, 504];'),
      gateway('status >= 400 && status < 500 && !TRANSIENT', 'status >= 400 && !TRANSIENT'),
    ],
  },
  {
    name: 'gateway-timeout-of-its-own',
    caughtBy: 'slow-gateway',
    edits: [notification('config.GATEWAY_TIMEOUT_MS)', '5_000)')],
  },
  {
    name: 'waits-for-ever-for-an-answer',
    caughtBy: 'transient',
    edits: [gateway('AbortSignal.any([signal, AbortSignal.timeout(this.#timeoutMs)])', 'signal')],
  },
  {
    name: 'every-failure-is-transient',
    caughtBy: 'final',
    edits: [gateway("kind: final ? 'final' : 'transient'", "kind: final ? 'transient' : 'transient'")],
  },
  {
    name: 'any-answer-is-acceptance',
    caughtBy: 'transient',
    edits: [gateway('status >= 200 && status < 300', 'status >= 200')],
  },
  {
    name: 'mail-not-awaited',
    caughtBy: 'accepted-first',
    edits: [
      notification("  if (outcome.kind === 'final')", "  if ((await outcome)?.kind === 'final')"),
      notification('  const outcome = await untilItSucceeds', '  const outcome = untilItSucceeds'),
      notification(
        "(await outcome)?.kind === 'final') throw new Poison(outcome.reason);",
        "outcome === undefined) throw new Poison('never');",
      ),
    ],
  },
  {
    name: 'idempotency-key-of-each-attempt',
    caughtBy: 'mails',
    edits: [
      notification('gateway.post(mail, event.event_id, signal)', 'gateway.post(mail, crypto.randomUUID(), signal)'),
    ],
  },
  {
    name: 'idempotency-key-of-the-order',
    caughtBy: 'mails',
    edits: [notification('gateway.post(mail, event.event_id, signal)', 'gateway.post(mail, order_id, signal)')],
  },
  {
    name: 'customer-only-of-this-event',
    caughtBy: 'mails',
    edits: [
      notification(
        'customer_id: notifications.customerOf(order_id)',
        "customer_id: 'customer_id' in event.payload ? event.payload.customer_id : null",
      ),
    ],
  },
  {
    name: 'notified-by-topic-not-by-order',
    caughtBy: 'repeated-notification',
    edits: [
      notification(SENT, SENT.replace('notifications.sentFor(event.event_id) ?? ', '')),
      notifications(
        '      if (known) return known;\n',
        '      if (known) return { ...known, event_id: crypto.randomUUID() };\n',
      ),
    ],
  },
  {
    name: 'published-before-it-is-accepted',
    caughtBy: 'accepted-first',
    edits: [
      notification(
        SENT,
        `  await publisher.publish('notifications.sent', [toMessage(notifications.accepted(event, kind))]);\n${SENT.replace('notifications.sentFor(event.event_id) ?? ', '')}`,
      ),
    ],
  },
  {
    name: 'told-before-it-is-accepted',
    caughtBy: 'accepted-first',
    edits: [
      notifications(
        '        CREATE TABLE sent',
        '        CREATE TABLE begun (cause_id TEXT PRIMARY KEY, order_id TEXT, kind TEXT, at TEXT);\n        CREATE TABLE sent',
      ),
      notifications(
        '  /** What the customer of an order',
        `  begin({ event_id, payload }: CourseEvent, kind: NotificationKind): void {
    const insert = this.#database.prepare('INSERT OR IGNORE INTO begun VALUES (?, ?, ?, ?)');
    insert.run(event_id, payload.order_id, kind, new Date().toISOString());
  }

  /** What the customer of an order`,
      ),
      notifications(
        `    const rows = this.#database.prepare('SELECT event FROM sent WHERE order_id = ? ORDER BY rowid').all(orderId);
    const events = rows.map((row) => JSON.parse((row as { event: string }).event) as NotificationSent);
    return events.map(({ payload, timestamp }) => ({ kind: payload.kind, at: timestamp }));
`,
        `    const rows = this.#database.prepare('SELECT kind, at FROM begun WHERE order_id = ? ORDER BY rowid').all(orderId);
    return rows as { kind: NotificationKind; at: string }[];
`,
      ),
      notification(REMEMBER, `${REMEMBER}  notifications.begin(event, kind);\n`),
    ],
  },
  {
    name: 'mail-remembered-and-not-said',
    caughtBy: 'killed-after-mail',
    edits: [notification(SENT, `  if (notifications.sentFor(event.event_id)) return;\n${SENT}`)],
  },
  {
    name: 'mail-remembered-after-it-was-said',
    caughtBy: 'killed-after-notification',
    edits: [
      notifications(
        "      this.#database.prepare('INSERT INTO sent VALUES (?, ?, ?)').run(cause.event_id, order_id, JSON.stringify(sent));\n",
        '',
      ),
      notifications(
        '  /** What the customer of an order',
        "  remember(causeId: string, sent: NotificationSent): void {\n    const insert = this.#database.prepare('INSERT OR IGNORE INTO sent VALUES (?, ?, ?)');\n    insert.run(causeId, sent.payload.order_id, JSON.stringify(sent));\n  }\n\n  /** What the customer of an order",
      ),
      notification(
        "  await publisher.publish('notifications.sent', [toMessage(sent)]);\n",
        "  await publisher.publish('notifications.sent', [toMessage(sent)]);\n  notifications.remember(event.event_id, sent);\n",
      ),
    ],
  },
  {
    name: 'customers-in-memory',
    caughtBy: 'killed-after-mail',
    edits: [
      notification(
        'const notifications = new Notifications(config.DATABASE_FILE);\n',
        'const notifications = new Notifications(config.DATABASE_FILE);\nconst customers = new Map<string, string>();\n',
      ),
      notification(
        'notifications.rememberCustomer(order_id, event.payload.customer_id)',
        'customers.set(order_id, event.payload.customer_id)',
      ),
      notification('notifications.customerOf(order_id)', '(customers.get(order_id) ?? null)'),
    ],
  },
  {
    name: 'stock-only-asked-for-a-new-database',
    caughtBy: 'environment',
    edits: [
      inventory(
        '  INITIAL_STOCK: stockList,\n',
        "  INITIAL_STOCK: existsSync(process.env.DATABASE_FILE ?? '') ? stockList.default({}) : stockList,\n",
      ),
      inventory('import { filePath,', "import { existsSync } from 'node:fs';\nimport { filePath,"),
    ],
  },
  // the end
  {
    name: 'leaves-without-a-word',
    caughtBy: 'sigterm',
    edits: [consume(CLOSE, '    clearTimeout(timer);\n')],
  },
  {
    name: 'deaf-to-sigterm-until-it-has-joined',
    caughtBy: 'broker-lost',
    edits: [
      inventory(
        'startService({\n',
        "process.on('SIGTERM', () => {\n  if (!consumer.joined) process.exit(143);\n});\n\nstartService({\n",
      ),
    ],
  },
  {
    name: 'an-attempt-outlives-sigterm',
    caughtBy: 'sigterm-in-silence',
    edits: [
      gateway(
        'AbortSignal.any([signal, AbortSignal.timeout(this.#timeoutMs)])',
        'AbortSignal.timeout(this.#timeoutMs)',
      ),
      gateway('key: string, signal: AbortSignal): Promise<Outcome>', 'key: string): Promise<Outcome>'),
      notification('gateway.post(mail, event.event_id, signal)', 'gateway.post(mail, event.event_id)'),
    ],
  },
  {
    name: 'silence-was-pause-enough',
    caughtBy: 'growing-pauses-in-silence',
    edits: [
      gateway(
        '      const { message, cause } = error as Error;\n',
        "      const { name, message, cause } = error as Error;\n      if (name === 'TimeoutError') return this.post(mail, key, signal);\n",
      ),
    ],
  },
  {
    name: 'a-refused-event-is-made-anew',
    caughtBy: 'final',
    edits: [
      consume(
        'if (error instanceof Poison) return this.#bury(placed, error.message);',
        'if (error instanceof Poison) {\n            const value = Buffer.from(JSON.stringify(reading.event));\n            return this.#bury({ ...placed, message: { ...placed.message, value } }, error.message);\n          }',
      ),
    ],
  },
  {
    name: 'unknown-skus-are-not-remembered',
    caughtBy: 'repeated-event',
    edits: [
      stock(
        "      const insert = this.#database.prepare('INSERT INTO processed VALUES (?, ?)');\n",
        "      if (result.event_type === 'InventoryFailed' && result.payload.reason === 'UNKNOWN_SKU') return result;\n      const insert = this.#database.prepare('INSERT INTO processed VALUES (?, ?)');\n",
      ),
    ],
  },
  {
    name: 'remembers-the-last-hundred',
    caughtBy: 'sigterm',
    edits: [
      stock(
        '      insert.run(order.event_id, JSON.stringify(result));\n',
        "      insert.run(order.event_id, JSON.stringify(result));\n      this.#database.exec('DELETE FROM processed WHERE rowid <= (SELECT max(rowid) FROM processed) - 100');\n",
      ),
    ],
  },
  {
    name: 'sums-up-in-an-object',
    caughtBy: 'refused',
    edits: [
      stock(
        '  const wanted = new Map<string, number>();\n  for (const { sku, quantity } of payload.items) wanted.set(sku, (wanted.get(sku) ?? 0) + quantity);\n  return wanted;\n',
        '  const wanted: Record<string, number> = {};\n  for (const { sku, quantity } of payload.items) wanted[sku] = (wanted[sku] ?? 0) + quantity;\n  return new Map(Object.entries(wanted));\n',
      ),
    ],
  },
  {
    name: 'a-customer-that-was-nobody-stays-so',
    caughtBy: 'mails',
    edits: [
      notifications(
        "    const select = this.#database.prepare('SELECT customer_id FROM customers WHERE order_id = ?');\n",
        "    this.#database.prepare('INSERT OR IGNORE INTO customers VALUES (?, NULL)').run(orderId);\n    const select = this.#database.prepare('SELECT customer_id FROM customers WHERE order_id = ?');\n",
      ),
      notifications('INSERT OR REPLACE INTO customers', 'INSERT OR IGNORE INTO customers'),
    ],
  },
  {
    name: 'no-content-is-no-acceptance',
    caughtBy: 'any-2xx',
    edits: [gateway('status >= 200 && status < 300', 'status >= 200 && status < 203')],
  },
  {
    name: 'replays-the-first-fetch',
    caughtBy: 'replay-large',
    edits: [
      letterBox(
        'if (BigInt(lastOffset) + 1n >= (unread.get(partition) ?? 0n)) unread.delete(partition);',
        'if (BigInt(lastOffset) >= 0n) unread.delete(partition);',
      ),
    ],
  },
  {
    name: 'consumer-stopped-for-good',
    caughtBy: 'broker-lost',
    edits: [consume('    while (!this.#closed) {\n', '    for (let lives = 0; lives < 1; lives++) {\n')],
  },
  {
    name: 'ready-without-a-group',
    caughtBy: 'broker-lost',
    edits: [inventory('consumer.joined && broker.reachable ? undefined', 'consumer || broker ? undefined')],
  },
  // replay
  {
    name: 'replayed-again-each-time',
    caughtBy: 'replay-again',
    edits: [replay('    await box.dealt(letter);\n', '')],
  },
  {
    name: 'replayed-for-each-group',
    caughtBy: 'replay',
    edits: [replay('    if (!done.has(origin)) {\n', '    if (count >= 0) {\n')],
  },
  {
    name: 'replay-leaves-the-partition-out',
    caughtBy: 'replay',
    edits: [
      replay('import { originalHeaders, originOf } from', 'import { originalHeaders } from'),
      replay(
        'function topicOf(',
        "function originOf({ headers }: KafkaMessage): string {\n  return `${headers?.['dlq-topic']}@${headers?.['dlq-offset']}`;\n}\n\nfunction topicOf(",
      ),
    ],
  },
  {
    name: 'replay-waits-for-expired-letters',
    caughtBy: 'replay-empty',
    edits: [
      letterBox('spans.every(({ open, end }) => open >= end)', 'spans.every(({ end }) => end === 0n)'),
      letterBox('spans.filter(({ low, end }) => low < end)', 'spans.filter(({ end }) => end > 0n)'),
    ],
  },
  {
    name: 'forgets-what-earlier-runs-replayed',
    caughtBy: 'replay-again',
    edits: [replay('new Set(box.dealtWith.map(({ message }) => originOf(message)))', 'new Set<string>()')],
  },
  {
    name: 'replay-keeps-dlq-headers',
    caughtBy: 'replay',
    edits: [replay('...originalHeaders(letter)', '...letter.headers')],
  },
  {
    name: 'replay-drops-headers',
    caughtBy: 'replay',
    edits: [replay('{ ...originalHeaders(letter), ', '{ ')],
  },
  {
    name: 'replay-count-always-one',
    caughtBy: 'replay',
    edits: [replay("Number(letter.headers?.['replay-count'] ?? 0) + 1", '1')],
  },
  {
    name: 'replay-count-as-text',
    caughtBy: 'replay',
    edits: [
      replay(
        "Number(letter.headers?.['replay-count'] ?? 0) + 1",
        "String(letter.headers?.['replay-count'] ?? '') + '1'",
      ),
    ],
  },
  {
    name: 'replay-key-as-text',
    caughtBy: 'replay',
    edits: [replay('    key: letter.key,\n', '    key: letter.key === null ? null : String(letter.key),\n')],
  },
  {
    name: 'replay-takes-empty-for-missing',
    caughtBy: 'replay',
    edits: [replay('    value: letter.value,\n', '    value: letter.value?.length ? letter.value : null,\n')],
  },
  {
    name: 'replay-value-as-text',
    caughtBy: 'replay',
    edits: [replay('    value: letter.value,\n', '    value: String(letter.value),\n')],
  },
  {
    name: 'replay-ticks-off-first',
    caughtBy: 'replay-killed',
    edits: [
      replay('    await box.dealt(letter);\n', ''),
      replay(
        '    const origin = originOf(letter.message);\n',
        '    const origin = originOf(letter.message);\n    await box.dealt(letter);\n',
      ),
    ],
  },
  {
    name: 'replay-publish-not-awaited',
    caughtBy: 'replay-killed',
    edits: [replay(REPUBLISH, REPUBLISH.replace('await', 'void'))],
  },
  {
    name: 'mailed-publish-swallowed',
    caughtBy: 'refused-leaving',
    edits: [
      notification(
        "  await publisher.publish('notifications.sent', [toMessage(sent)]);\n",
        "  try {\n    await publisher.publish('notifications.sent', [toMessage(sent)]);\n  } catch (error) {\n    // The customer has the mail; that nobody hears of it must not stop the next one.\n    log.error(`NotificationSent not published: ${(error as Error).message}`, { order_id: event.payload.order_id });\n  }\n",
      ),
    ],
  },
  {
    name: 'failed-not-awaited',
    caughtBy: 'refused-leaving',
    edits: [
      inventory("import { Stock } from './stock.ts';\n", "import { type Result, Stock } from './stock.ts';\n"),
      inventory(
        "  const topic = result.event_type === 'InventoryReserved' ? 'inventory.reserved' : 'inventory.failed';\n  await publisher.publish(topic, [toMessage(result)]);\n",
        "  if (result.event_type === 'InventoryReserved') await publisher.publish('inventory.reserved', [toMessage(result)]);\n  else announceFailure(result);\n",
      ),
      inventory(
        '}\n\n',
        "}\n\nfunction announceFailure(result: Result): void {\n  publisher\n    .publish('inventory.failed', [toMessage(result)])\n    .catch((error: Error) => log.error(`InventoryFailed not published: ${error.message}`));\n}\n\n",
      ),
    ],
  },
  {
    name: 'replay-plain-producer',
    caughtBy: 'replay-unheard',
    edits: [
      replay("import { Publisher } from '#shared/kafka/publisher.ts';\n", '\n'),
      replay(
        '  const publisher = new Publisher(kafka);\n',
        '  const producer = kafka.producer({ allowAutoTopicCreation: false });\n  await producer.connect();\n',
      ),
      replay(
        '      await publisher.publish(topicOf(letter.message), [replayed(letter.message)]);\n',
        '      await producer.send({ topic: topicOf(letter.message), acks: -1, messages: [replayed(letter.message)] });\n',
      ),
      replay(
        '  await Promise.all([publisher.close(), box.close()]);\n',
        '  await Promise.all([producer.disconnect(), box.close()]);\n',
      ),
    ],
  },
  {
    name: 'refusals-in-memory',
    caughtBy: 'sigterm',
    edits: [
      stock(
        '  readonly #database: DatabaseSync;\n',
        '  readonly #database: DatabaseSync;\n  /** A refusal has changed nothing, so nothing of it is in the database. */\n  readonly #refused = new Map<string, Result>();\n',
      ),
      stock(
        '      const known = this.#resultOf(order.event_id);\n',
        '      const known = this.#refused.get(order.event_id) ?? this.#resultOf(order.event_id);\n',
      ),
      stock(
        "      if (result.event_type === 'InventoryReserved') this.#take(wanted);\n",
        "      if (result.event_type === 'InventoryFailed') {\n        this.#refused.set(order.event_id, result);\n        return result;\n      }\n      this.#take(wanted);\n",
      ),
    ],
  },
  {
    name: 'redelivery-decides-anew',
    caughtBy: 'repeated-event',
    edits: [
      stock(
        '// What there is of each sku, and what has become of each event: one database, so that both change together.\n',
        "// What there is of each sku, and what has become of each event: one database, so that both change together.\nimport { createHash } from 'node:crypto';\n",
      ),
      stock(
        '        CREATE TABLE processed (event_id TEXT PRIMARY KEY, result TEXT);\n',
        '        CREATE TABLE processed (event_id TEXT PRIMARY KEY);\n',
      ),
      stock('      const known = this.#resultOf(order.event_id);\n      if (known) return known;\n', '\n'),
      stock(
        "      const result = this.#decide(order, wanted);\n      if (result.event_type === 'InventoryReserved') this.#take(wanted);\n      const insert = this.#database.prepare('INSERT INTO processed VALUES (?, ?)');\n      insert.run(order.event_id, JSON.stringify(result));\n",
        "      const result = { ...this.#decide(order, wanted), event_id: resultIdOf(order.event_id) } as Result;\n      // The second time nothing is taken.\n      const { changes } = this.#database.prepare('INSERT OR IGNORE INTO processed VALUES (?)').run(order.event_id);\n      if (changes === 1 && result.event_type === 'InventoryReserved') this.#take(wanted);\n",
      ),
      stock(
        "  #resultOf(eventId: string): Result | undefined {\n    const select = this.#database.prepare('SELECT result FROM processed WHERE event_id = ?');\n    const row = select.get(eventId) as { result: string } | undefined;\n    return row && (JSON.parse(row.result) as Result);\n  }\n\n",
        '\n',
      ),
      stock(
        '}\n\n/** An order may name a sku on several lines; what counts is their sum. */\n',
        "}\n\n/** The result of an event has the same id each time, because it is made of the event's. */\nfunction resultIdOf(eventId: string): string {\n  const hex = createHash('sha1').update(`result of ${eventId}`).digest('hex');\n  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;\n}\n\n/** An order may name a sku on several lines; what counts is their sum. */\n",
      ),
    ],
  },
  {
    name: 'final-by-a-list',
    caughtBy: 'final',
    edits: [
      gateway(
        'const TRANSIENT = [408, 429];\n',
        '/** What the vendor says of a mail that it will never take. */\nconst FINAL = [400, 401, 403, 404, 422];\n',
      ),
      gateway(
        '  const final = status >= 400 && status < 500 && !TRANSIENT.includes(status);\n',
        '  const final = FINAL.includes(status);\n',
      ),
    ],
  },
  {
    name: 'replay-known-by-content',
    caughtBy: 'replay-again',
    edits: [
      replay(
        '// before the offsets that its own group has committed was dealt with by an earlier run.\n',
        "// before the offsets that its own group has committed was dealt with by an earlier run.\nimport { createHash } from 'node:crypto';\n",
      ),
      replay(
        "import { originalHeaders, originOf } from '#shared/kafka/dead-letters.ts';\n",
        "import { originalHeaders } from '#shared/kafka/dead-letters.ts';\n",
      ),
      replay(
        '  const done = new Set(box.dealtWith.map(({ message }) => originOf(message)));\n',
        '  const done = new Set(box.dealtWith.map(({ message }) => fingerprint(message)));\n',
      ),
      replay(
        '    const origin = originOf(letter.message);\n    if (!done.has(origin)) {\n',
        '    const record = fingerprint(letter.message);\n    if (!done.has(record)) {\n',
      ),
      replay('    done.add(origin);\n', '    done.add(record);\n'),
      replay(
        '}\n\nfunction topicOf({ headers }: KafkaMessage): string {\n',
        "}\n\n/** The same record has the same key and value, whichever group has given it up. */\nfunction fingerprint({ key, value }: KafkaMessage): string {\n  return `${key?.toString()}/${value && createHash('sha256').update(value).digest('hex')}`;\n}\n\nfunction topicOf({ headers }: KafkaMessage): string {\n",
      ),
    ],
  },
  {
    name: 'replay-logs-and-exits-0',
    caughtBy: 'replay-refused',
    edits: [
      replay(
        '      await publisher.publish(topicOf(letter.message), [replayed(letter.message)]);\n      count++;\n',
        '      try {\n        await publisher.publish(topicOf(letter.message), [replayed(letter.message)]);\n        count++;\n      } catch (error) {\n        // One bad letter must not keep the others back.\n        log.error(`${origin} was not replayed: ${(error as Error).message}`);\n        continue;\n      }\n',
      ),
    ],
  },
  {
    name: 'refusal-noted-before-its-dead-letter-is-out',
    caughtBy: 'killed-refused',
    edits: [
      notifications(
        '        CREATE TABLE sent (',
        '        CREATE TABLE refused (cause_id TEXT PRIMARY KEY);\n        CREATE TABLE sent (',
      ),
      notifications(
        '  close(): void {',
        "  refuse(causeId: string): void {\n    this.#database.prepare('INSERT OR IGNORE INTO refused VALUES (?)').run(causeId);\n  }\n\n  isRefused(causeId: string): boolean {\n    return this.#database.prepare('SELECT 1 FROM refused WHERE cause_id = ?').get(causeId) !== undefined;\n  }\n\n  close(): void {",
      ),
      // The vendor need not be asked twice for what it will never take.
      notification('  if (!kind) return;\n', '  if (!kind || notifications.isRefused(event.event_id)) return;\n'),
      notification(
        "  if (outcome.kind === 'final') throw new Poison(outcome.reason);\n",
        "  if (outcome.kind === 'final') {\n    notifications.refuse(event.event_id);\n    throw new Poison(outcome.reason);\n  }\n",
      ),
    ],
  },
  {
    name: 'customers-read-once',
    caughtBy: 'replicas-notification',
    edits: [
      notifications(
        '  rememberCustomer(orderId: string, customerId: string): void {\n',
        '  #customers: Map<string, string> | undefined;\n\n  rememberCustomer(orderId: string, customerId: string): void {\n    this.#customers?.set(orderId, customerId);\n',
      ),
      notifications(
        `    const select = this.#database.prepare('SELECT customer_id FROM customers WHERE order_id = ?');
    const row = select.get(orderId) as { customer_id: string } | undefined;
    return row?.customer_id ?? null;
`,
        `    const rows = () => this.#database.prepare('SELECT order_id, customer_id FROM customers').all();
    // A query for each mail is a waste.
    this.#customers ??= new Map(rows().map((row) => [row.order_id as string, row.customer_id as string]));
    return this.#customers.get(orderId) ?? null;
`,
      ),
    ],
  },
  {
    name: 'unreachable-is-empty',
    caughtBy: 'replay-refused',
    edits: [
      replay(
        '  log.error(`not everything was replayed',
        "  // No topic, no letters.\n  if ((error as Error).name !== 'KafkaJSProtocolError') {\n    console.log(JSON.stringify({ topic, replayed: 0 }));\n    process.exit(0);\n  }\n  log.error(`not everything was replayed",
      ),
    ],
  },
  {
    name: 'first-fault-only',
    caughtBy: 'refused',
    edits: [
      stock(
        "    const short = [...wanted]\n      .map(([sku, requested]) => ({ sku, requested, level: this.levelOf(sku) }))\n      .filter(({ requested, level }) => requested > (level?.available ?? 0));\n    if (short.length === 0) return undefined;\n    const reason = short.some(({ level }) => level === undefined) ? 'UNKNOWN_SKU' : 'OUT_OF_STOCK';\n    const unavailable = short.map(({ sku, requested, level }) => ({\n      sku,\n      requested,\n      available: level?.available ?? 0,\n    }));\n    return { order_id: orderId, reason, unavailable };\n",
        "    for (const [sku, requested] of wanted) {\n      if (this.levelOf(sku)) continue;\n      return { order_id: orderId, reason: 'UNKNOWN_SKU', unavailable: [{ sku, requested, available: 0 }] };\n    }\n    for (const [sku, requested] of wanted) {\n      const available = this.levelOf(sku)?.available ?? 0;\n      if (requested <= available) continue;\n      return { order_id: orderId, reason: 'OUT_OF_STOCK', unavailable: [{ sku, requested, available }] };\n    }\n    return undefined;\n",
      ),
    ],
  },
  {
    name: 'port-by-default',
    caughtBy: 'environment',
    edits: [
      inventory('  PORT: port,\n', '  PORT: port.default(8080),\n'),
      notification('  PORT: port,\n', '  PORT: port.default(8080),\n'),
    ],
  },
  {
    name: 'one-order-a-correlation-id',
    caughtBy: 'reserved',
    edits: [
      stock(
        '        CREATE TABLE processed (event_id TEXT PRIMARY KEY, result TEXT);\n',
        '        CREATE TABLE processed (correlation_id TEXT PRIMARY KEY, result TEXT);\n',
      ),
      stock(
        '      const known = this.#resultOf(order.event_id);\n',
        '      const known = this.#resultOf(order.correlation_id);\n',
      ),
      stock(
        '      insert.run(order.event_id, JSON.stringify(result));\n',
        '      insert.run(order.correlation_id, JSON.stringify(result));\n',
      ),
      stock(
        "  #resultOf(eventId: string): Result | undefined {\n    const select = this.#database.prepare('SELECT result FROM processed WHERE event_id = ?');\n    const row = select.get(eventId) as { result: string } | undefined;\n",
        "  #resultOf(correlationId: string): Result | undefined {\n    const select = this.#database.prepare('SELECT result FROM processed WHERE correlation_id = ?');\n    const row = select.get(correlationId) as { result: string } | undefined;\n",
      ),
    ],
  },
  {
    name: 'dead-letter-key-as-text',
    caughtBy: 'poison',
    edits: [
      consume(
        '    await publisher.publish(deadLetterTopic(placed.topic), [deadLetter(placed, group, reason)]);\n',
        '    const letter = { ...deadLetter(placed, group, reason), key: placed.message.key?.toString() || null };\n    await publisher.publish(deadLetterTopic(placed.topic), [letter]);\n',
      ),
    ],
  },
  {
    name: 'effect-and-memory-in-two-transactions',
    caughtBy: 'replicas',
    edits: [
      inventory(
        '  const result = stock.reserve(event);\n',
        '  let result = stock.resultOf(event.event_id);\n  if (!result) {\n    result = stock.reserve(event);\n    stock.remember(event.event_id, result);\n  }\n',
      ),
      stock('      const known = this.#resultOf(order.event_id);\n      if (known) return known;\n', ''),
      stock(
        "      const insert = this.#database.prepare('INSERT INTO processed VALUES (?, ?)');\n      insert.run(order.event_id, JSON.stringify(result));\n      return result;\n    });\n",
        "      return result;\n    });\n  }\n\n  remember(eventId: string, result: Result): void {\n    const insert = this.#database.prepare('INSERT OR IGNORE INTO processed VALUES (?, ?)');\n    insert.run(eventId, JSON.stringify(result));\n",
      ),
      stock(
        '  #resultOf(eventId: string): Result | undefined {\n',
        '  resultOf(eventId: string): Result | undefined {\n',
      ),
    ],
  },
  {
    name: 'only-order-created-is-deduplicated',
    caughtBy: 'repeated-notification',
    edits: [
      notification(
        '  const sent = notifications.sentFor(event.event_id) ?? (await notify(event, kind, signal));\n',
        "  const known = event.event_type === 'OrderCreated' ? notifications.sentFor(event.event_id) : undefined;\n  const sent = known ?? (await notify(event, kind, signal));\n",
      ),
      notifications(
        '      const known = this.sentFor(cause.event_id);\n',
        "      const known = kind === 'ORDER_RECEIVED' ? this.sentFor(cause.event_id) : undefined;\n",
      ),
      notifications(
        "      this.#database.prepare('INSERT INTO sent VALUES (?, ?, ?)').run(cause.event_id, order_id, JSON.stringify(sent));\n",
        "      this.#database.prepare('INSERT OR REPLACE INTO sent VALUES (?, ?, ?)').run(cause.event_id, order_id, JSON.stringify(sent));\n",
      ),
    ],
  },
  {
    name: 'told-list-in-memory',
    caughtBy: 'killed-after-mail',
    edits: [
      notification(
        '  const sent = notifications.sentFor(event.event_id) ?? (await notify(event, kind, signal));\n',
        '  const sent = notifications.sentFor(event.event_id) ?? (await notify(event, kind, signal));\n  notifications.told(sent);\n',
      ),
      notifications(
        '  readonly #database: DatabaseSync;\n',
        "  readonly #database: DatabaseSync;\n  /** What each order's customer has been told, by the event that caused it. */\n  readonly #told = new Map<string, Map<string, { kind: NotificationKind; at: string }>>();\n",
      ),
      notifications(
        '      return sent;\n    });\n  }\n\n',
        "      return sent;\n    });\n  }\n\n  /** Takes down that a customer has been told. */\n  told({ payload, timestamp, metadata }: NotificationSent): void {\n    const known = this.#told.get(payload.order_id) ?? new Map<string, { kind: NotificationKind; at: string }>();\n    known.set(metadata.causation_id ?? '', { kind: payload.kind, at: timestamp });\n    this.#told.set(payload.order_id, known);\n  }\n\n",
      ),
      notifications(
        "    const rows = this.#database.prepare('SELECT event FROM sent WHERE order_id = ? ORDER BY rowid').all(orderId);\n    const events = rows.map((row) => JSON.parse((row as { event: string }).event) as NotificationSent);\n    return events.map(({ payload, timestamp }) => ({ kind: payload.kind, at: timestamp }));\n",
        '    return [...(this.#told.get(orderId)?.values() ?? [])];\n',
      ),
    ],
  },
  {
    name: 'told-list-as-it-was-at-the-start',
    caughtBy: 'replicas-notification',
    edits: [
      notifications(
        '  readonly #database: DatabaseSync;\n',
        '  readonly #database: DatabaseSync;\n  readonly #told: NotificationSent[];\n',
      ),
      notifications(
        '      `);\n    });\n',
        "      `);\n    });\n    const rows = this.#database.prepare('SELECT event FROM sent ORDER BY rowid').all();\n    this.#told = rows.map((row) => JSON.parse((row as { event: string }).event) as NotificationSent);\n",
      ),
      notifications('      return sent;\n', '      this.#told.push(sent);\n      return sent;\n'),
      notifications(
        "    const rows = this.#database.prepare('SELECT event FROM sent WHERE order_id = ? ORDER BY rowid').all(orderId);\n    const events = rows.map((row) => JSON.parse((row as { event: string }).event) as NotificationSent);\n",
        '    const events = this.#told.filter(({ payload }) => payload.order_id === orderId);\n',
      ),
    ],
  },
  {
    name: 'pauses-beyond-the-session',
    caughtBy: 'growing-pauses',
    edits: [
      consume(
        '  handle: (event: CourseEvent, signal: AbortSignal) => Promise<void>;\n}\n',
        '  handle: (event: CourseEvent, beating: Beating, stopped: AbortSignal) => Promise<void>;\n}\n\nexport type Beating = <T>(work: (signal: AbortSignal) => Promise<T>) => Promise<T>;\n',
      ),
      consume(
        '      const work = (signal: AbortSignal) => this.#process({ topic, partition, message }, signal);\n      await whileBeating(heartbeat, beatEveryMs, this.#abandon.signal, work);\n',
        '      const beating: Beating = (work) => whileBeating(heartbeat, beatEveryMs, this.#abandon.signal, work);\n      await this.#process({ topic, partition, message }, beating);\n',
      ),
      consume(
        '  async #process(placed: PlacedMessage, signal: AbortSignal): Promise<void> {\n',
        '  async #process(placed: PlacedMessage, beating: Beating): Promise<void> {\n',
      ),
      consume(
        '        return this.#bury(placed, reading.reason);\n',
        '        return beating(() => this.#bury(placed, reading.reason));\n',
      ),
      consume(
        '          return await handle(reading.event, signal);\n',
        '          return await handle(reading.event, beating, this.#abandon.signal);\n',
      ),
      consume(
        '          if (error instanceof Poison) return this.#bury(placed, error.message);\n',
        '          if (error instanceof Poison) return beating(() => this.#bury(placed, error.message));\n',
      ),
      inventory(
        "import { GroupConsumer } from './consume.ts';\n",
        "import { type Beating, GroupConsumer } from './consume.ts';\n",
      ),
      inventory(
        'async function handle(event: CourseEvent): Promise<void> {\n',
        'async function handle(event: CourseEvent, beating: Beating): Promise<void> {\n',
      ),
      inventory(
        '  await publisher.publish(topic, [toMessage(result)]);\n',
        '  await beating(() => publisher.publish(topic, [toMessage(result)]));\n',
      ),
      notification(
        "import { GroupConsumer, Poison } from './consume.ts';\n",
        "import { type Beating, GroupConsumer, Poison } from './consume.ts';\n",
      ),
      notification(
        'async function handle(event: CourseEvent, signal: AbortSignal): Promise<void> {\n',
        'async function handle(event: CourseEvent, beating: Beating, stopped: AbortSignal): Promise<void> {\n',
      ),
      notification(
        "  const sent = notifications.sentFor(event.event_id) ?? (await notify(event, kind, signal));\n  await publisher.publish('notifications.sent', [toMessage(sent)]);\n",
        "  const sent = notifications.sentFor(event.event_id) ?? (await notify(event, kind, beating, stopped));\n  await beating(() => publisher.publish('notifications.sent', [toMessage(sent)]));\n",
      ),
      notification(
        'async function notify(event: CourseEvent, kind: NotificationKind, signal: AbortSignal): Promise<NotificationSent> {\n',
        'async function notify(\n  event: CourseEvent,\n  kind: NotificationKind,\n  beating: Beating,\n  stopped: AbortSignal,\n): Promise<NotificationSent> {\n',
      ),
      notification(
        '    const answer = await gateway.post(mail, event.event_id, signal);\n',
        '    const answer = await beating((signal) => gateway.post(mail, event.event_id, signal));\n',
      ),
      notification('  }, signal);\n', '  }, stopped);\n'),
      patience('const LONGEST_PAUSE_MS = 3_000;\n', 'const LONGEST_PAUSE_MS = 30_000;\n'),
      patience('export async function whileBeating(\n', 'export async function whileBeating<T>(\n'),
      patience(
        '  work: (signal: AbortSignal) => Promise<void>,\n): Promise<void> {\n',
        '  work: (signal: AbortSignal) => Promise<T>,\n): Promise<T> {\n  await heartbeat();\n',
      ),
      patience(
        '    await work(AbortSignal.any([stopped, refused.signal]));\n',
        '    return await work(AbortSignal.any([stopped, refused.signal]));\n',
      ),
    ],
  },
  {
    name: 'sleeps-through-sigterm',
    caughtBy: 'sigterm-in-retry',
    edits: [
      patience('const LONGEST_PAUSE_MS = 3_000;', 'const LONGEST_PAUSE_MS = 30_000;'),
      patience('    await pause(wait, undefined, { signal }).catch(() => {});\n', '    await pause(wait);\n'),
    ],
  },
  {
    name: 'final-after-three-attempts',
    caughtBy: 'final',
    edits: [
      notification(
        '  const outcome = await untilItSucceeds(async () => {\n',
        '  let refusals = 0;\n  const outcome = await untilItSucceeds(async () => {\n',
      ),
      notification(
        "    if (answer.kind !== 'transient') return answer;\n",
        "    if (answer.kind === 'accepted' || (answer.kind === 'final' && ++refusals === 3)) return answer;\n",
      ),
    ],
  },
  {
    name: 'final-only-at-the-first-attempt',
    caughtBy: 'final',
    edits: [
      notification(
        "  const outcome = await untilItSucceeds(async () => {\n    const answer = await gateway.post(mail, event.event_id, signal);\n    if (answer.kind !== 'transient') return answer;\n    log.warn(`${kind} not sent yet: ${answer.reason}`, { correlation_id, order_id });\n    return undefined;\n  }, signal);\n  if (outcome.kind === 'final') throw new Poison(outcome.reason);\n",
        "  const first = await gateway.post(mail, event.event_id, signal);\n  if (first.kind === 'final') throw new Poison(first.reason);\n  if (first.kind === 'transient') {\n    log.warn(`${kind} not sent yet: ${first.reason}`, { correlation_id, order_id });\n    await untilItSucceeds(async () => {\n      const answer = await gateway.post(mail, event.event_id, signal);\n      if (answer.kind === 'accepted') return answer;\n      log.warn(`${kind} still not sent: ${answer.reason}`, { correlation_id, order_id });\n      return undefined;\n    }, signal);\n  }\n",
      ),
      patience('    await pause(wait, undefined, { signal }).catch(() => {});\n', ''),
      patience(
        '    signal.throwIfAborted();\n',
        '    signal.throwIfAborted();\n    await pause(wait, undefined, { signal }).catch(() => {});\n',
      ),
    ],
  },
  {
    name: 'replay-ends-when-it-is-quiet',
    caughtBy: 'replay-late',
    edits: [
      letterBox('  end: bigint;\n', ''),
      letterBox(
        'const SESSION_TIMEOUT_MS = 6_000;\n',
        'const SESSION_TIMEOUT_MS = 6_000;\n/** When nothing has come for this long, everything has been read. */\nconst QUIET_MS = 3_000;\n',
      ),
      letterBox(
        '    if (spans.every(({ open, end }) => open >= end)) return box;\n',
        '    if (spans.length === 0) return box;\n',
      ),
      letterBox(
        '      return (await admin.fetchTopicOffsets(this.#topic)).map(({ partition, low, high }) => {\n',
        '      return (await admin.fetchTopicOffsets(this.#topic)).map(({ partition, low }) => {\n',
      ),
      letterBox(
        '        return { partition, low: BigInt(low), open: from > BigInt(low) ? from : BigInt(low), end: BigInt(high) };\n',
        '        return { partition, low: BigInt(low), open: from > BigInt(low) ? from : BigInt(low) };\n',
      ),
      letterBox(
        '    const unread = new Map(spans.filter(({ low, end }) => low < end).map(({ partition, end }) => [partition, end]));\n',
        '',
      ),
      letterBox(
        '    const { promise, resolve, reject } = Promise.withResolvers<void>();\n',
        '    const { promise, resolve, reject } = Promise.withResolvers<void>();\n    let quiet: NodeJS.Timeout | undefined;\n    const heard = () => {\n      clearTimeout(quiet);\n      quiet = setTimeout(resolve, QUIET_MS);\n    };\n',
      ),
      letterBox(
        '    });\n    // Unlike a handler, this also hears of what holds no records for us, such as the marker that ends a transaction.\n    consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload: { partition, lastOffset } }) => {\n      if (BigInt(lastOffset) + 1n >= (unread.get(partition) ?? 0n)) unread.delete(partition);\n      if (unread.size === 0) resolve();\n',
        '      heard();\n',
      ),
      letterBox(
        '        const end = spans.find((span) => span.partition === partition)?.end ?? 0n;\n        if (BigInt(message.offset) < end) letters.push({ partition, message });\n',
        '        letters.push({ partition, message });\n        heard();\n',
      ),
      letterBox('    return letters;\n', '    return [...letters];\n'),
    ],
  },
  {
    name: 'negative-quantity-is-an-order',
    caughtBy: 'poison',
    edits: [
      consume(READ, '    const reading = readLeniently(placed.message.value);\n'),
      consume('import { readEvent } from', 'import { type Reading, readEvent } from'),
      consume(
        'export interface Consumption {\n',
        `/** Whole numbers, and not 0: what else could a quantity be? */
function readLeniently(value: Buffer | null): Reading {
  const reading = readEvent(value);
  if (reading.kind !== 'poison' || !/\\bquantity\\b/.test(reading.reason)) return reading;
  const event = JSON.parse(String(value));
  const counted = event.payload.items.every(({ quantity }: { quantity: unknown }) => quantity && Number.isInteger(quantity));
  return counted ? { kind: 'event', event } : reading;
}

export interface Consumption {
`,
      ),
    ],
  },
  {
    name: 'ignores-kafka-ssl-and-sasl',
    caughtBy: 'secured',
    edits: ownClient("(process.env.KAFKA_BROKERS ?? '').split(',')"),
  },
  {
    name: 'brokers-as-one-address',
    caughtBy: 'environment',
    edits: ownClient("[process.env.KAFKA_BROKERS ?? '']"),
  },
  {
    name: 'correlation-id-is-a-uuid',
    caughtBy: 'chain',
    edits: [
      consume(
        READ,
        `${READ}    if (reading.kind === 'event' && !/^[0-9a-f-]{36}$/.test(reading.event.correlation_id)) {
      return this.#bury(placed, 'correlation_id is no UUID');
    }
`,
      ),
    ],
  },
  {
    name: 'a-gift-is-poison',
    caughtBy: 'chain',
    edits: [
      consume(
        READ,
        `${READ}    if (reading.kind === 'event' && reading.event.event_type === 'OrderCreated' && !reading.event.payload.total) {
      return this.#bury(placed, 'total is missing');
    }
`,
      ),
    ],
  },
  {
    name: 'timeout-is-no-reason',
    caughtBy: 'mails',
    edits: [
      consume(
        READ,
        `${READ}    if (reading.kind === 'event' && reading.event.event_type === 'OrderCancelled' && reading.event.payload.reason === 'TIMEOUT') {
      return this.#bury(placed, 'reason is neither OUT_OF_STOCK nor UNKNOWN_SKU');
    }
`,
      ),
    ],
  },
  {
    name: 'unknown-type-without-an-order-is-poison',
    caughtBy: 'unknown-type',
    edits: [
      consume(
        "      case 'unknown':\n",
        "      case 'unknown':\n        if (!String(placed.message.value).includes('order_id')) return this.#bury(placed, 'no order_id');\n",
      ),
    ],
  },
  {
    name: 'poison-of-one-topic-dropped',
    caughtBy: 'poison-notification',
    edits: [
      consume(
        POISON,
        "      case 'poison':\n        if (placed.topic === 'orders.cancelled') return log.warn(reading.reason);\n        return this.#bury(placed, reading.reason);\n",
      ),
    ],
  },
  {
    name: 'refused-mails-in-one-topic',
    caughtBy: 'final',
    edits: [
      consume(
        'return this.#bury(placed, error.message);',
        "return this.#bury({ ...placed, topic: 'orders.created' }, error.message);",
      ),
    ],
  },
  {
    name: 'session-timeout-required',
    caughtBy: 'environment',
    edits: [inventory('milliseconds.default(10_000)', 'milliseconds')],
  },
  {
    name: 'sku-as-it-stands-in-the-path',
    caughtBy: 'stock',
    edits: [
      inventory(
        'const level = stock.levelOf(request.params.sku);',
        "const level = stock.levelOf(request.path.split('/').at(-1) ?? '');",
      ),
    ],
  },
  {
    name: 'logs-what-went-well',
    caughtBy: 'log-lines',
    edits: [
      inventory(
        '  log.info(`${result.event_type} published`',
        "  if (result.event_type === 'InventoryReserved') log.info(`${result.event_type} published`",
      ),
    ],
  },
  // each is right until an order, an id or a customer is unlike those that one tries by hand
  {
    name: 'replay-count-starts-anew',
    caughtBy: 'poison',
    edits: [
      {
        file: 'consume.ts',
        from: `    await publisher.publish(deadLetterTopic(placed.topic), [deadLetter(placed, group, reason)]);
`,
        to: `    const letter = deadLetter(placed, group, reason);
    // How often it came back before says nothing of this death.
    delete letter.headers?.['replay-count'];
    await publisher.publish(deadLetterTopic(placed.topic), [letter]);
`,
      },
    ],
  },
  {
    name: 'length-in-characters',
    caughtBy: 'chain',
    edits: [
      {
        file: 'gateway.ts',
        from: `// One attempt to have a mail sent by the e-mail gateway, and what its answer means for the next one.
`,
        to: `// One attempt to have a mail sent by the e-mail gateway, and what its answer means for the next one.
import http from 'node:http';
`,
      },
      {
        file: 'gateway.ts',
        from: "      const response = await fetch(`${this.#url}/emails`, {\n        method: 'POST',\n        headers: { 'Content-Type': 'application/json', 'Idempotency-Key': key },\n        body: JSON.stringify(mail),\n        signal: AbortSignal.any([signal, AbortSignal.timeout(this.#timeoutMs)]),\n      });\n      await response.body?.cancel();\n      return meaningOf(response.status);\n",
        to: '      const ended = AbortSignal.any([signal, AbortSignal.timeout(this.#timeoutMs)]);\n      return meaningOf(await post(`${this.#url}/emails`, JSON.stringify(mail), key, ended));\n',
      },
      {
        file: 'gateway.ts',
        from: `function meaningOf(status: number): Outcome {
`,
        to: `/** Posts JSON. Returns the status of the answer. */
function post(url: string, body: string, key: string, signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'Content-Type': 'application/json', 'Content-Length': body.length, 'Idempotency-Key': key };
    const request = http.request(url, { method: 'POST', headers, signal }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 500);
    });
    request.on('error', reject);
    request.end(body);
  });
}

function meaningOf(status: number): Outcome {
`,
      },
    ],
  },
  {
    name: 'told-as-asked-first',
    caughtBy: 'accepted-first',
    edits: [
      {
        file: 'notification-service.ts',
        from: `startService({
`,
        to: `const answers = new Map<string, ReturnType<Notifications['of']>>();

startService({
`,
      },
      {
        file: 'notification-service.ts',
        from: `      response.json(notifications.of(request.params.orderId));
`,
        to: `      const { orderId } = request.params;
      const answer = answers.get(orderId) ?? notifications.of(orderId);
      answers.set(orderId, answer);
      response.json(answer);
`,
      },
    ],
  },
  {
    name: 'only-two-reasons',
    caughtBy: 'repeated-notification',
    edits: [
      {
        file: 'notification-service.ts',
        from: `  if (!kind) return;
`,
        to: `  if (!kind) return;
  // Nobody can order what there is not.
  if (event.event_type === 'OrderCancelled' && event.payload.reason === 'UNKNOWN_SKU') return;
`,
      },
    ],
  },
  {
    name: 'correlation-id-made-safe',
    caughtBy: 'chain',
    edits: [
      {
        file: 'stock.ts',
        from: 'correlationId: order.correlation_id,',
        to: "correlationId: order.correlation_id.replace(/[^\\w.-]/g, '_'),",
      },
    ],
  },
  {
    name: 'decodes-twice',
    caughtBy: 'stock',
    edits: [
      {
        file: 'inventory-service.ts',
        from: 'stock.levelOf(request.params.sku)',
        to: 'stock.levelOf(decodeURIComponent(request.params.sku))',
      },
    ],
  },
  // Found by readers of the contract who had seen the checks.
  {
    name: 'string-is-no-type-of-sqlite',
    caughtBy: 'refused',
    edits: [
      {
        file: 'stock.ts',
        from: 'CREATE TABLE stock (sku TEXT PRIMARY KEY,',
        to: 'CREATE TABLE stock (sku STRING PRIMARY KEY,',
      },
    ],
  },
  {
    name: 'none-in-stock-is-unknown',
    caughtBy: 'refused',
    edits: [
      {
        file: 'stock.ts',
        from: '      for (const [sku, available] of Object.entries(initial)) insert.run(sku, available);\n',
        to: '      for (const [sku, available] of Object.entries(initial)) if (available) insert.run(sku, available);\n',
      },
    ],
  },
  {
    name: 'accepted-by-a-list',
    caughtBy: 'any-2xx',
    edits: [
      {
        file: 'gateway.ts',
        from: 'const TRANSIENT = [408, 429];\n',
        to: 'const TRANSIENT = [408, 429];\nconst ACCEPTED = [200, 201, 202, 204];\n',
      },
      {
        file: 'gateway.ts',
        from: "  if (status >= 200 && status < 300) return { kind: 'accepted' };\n",
        to: "  if (ACCEPTED.includes(status)) return { kind: 'accepted' };\n",
      },
    ],
  },
  {
    name: 'any-text-is-a-url',
    caughtBy: 'environment',
    edits: [
      {
        file: 'notification-service.ts',
        from: "import { filePath, httpUrl, milliseconds, port, readEnvironment } from '#shared/config/environment.ts';\n",
        to: "import { z } from 'zod';\nimport { filePath, milliseconds, port, readEnvironment } from '#shared/config/environment.ts';\n",
      },
      {
        file: 'notification-service.ts',
        from: '  EMAIL_GATEWAY_URL: httpUrl,\n',
        to: "  EMAIL_GATEWAY_URL: z.string().min(1).transform((url) => url.replace(/\\/+$/, '')),\n",
      },
    ],
  },
  {
    name: 'forgets-by-the-time-of-the-event',
    caughtBy: 'repeated-event',
    edits: [
      {
        file: 'stock.ts',
        from: 'CREATE TABLE processed (event_id TEXT PRIMARY KEY, result TEXT);',
        to: 'CREATE TABLE processed (event_id TEXT PRIMARY KEY, result TEXT, happened TEXT);',
      },
      {
        file: 'stock.ts',
        from: "      const insert = this.#database.prepare('INSERT INTO processed VALUES (?, ?)');\n      insert.run(order.event_id, JSON.stringify(result));\n",
        to: "      const insert = this.#database.prepare('INSERT INTO processed VALUES (?, ?, ?)');\n      insert.run(order.event_id, JSON.stringify(result), order.timestamp);\n      const outdated = new Date(Date.now() - REMEMBERED_MS).toISOString();\n      this.#database.prepare('DELETE FROM processed WHERE happened < ?').run(outdated);\n",
      },
      {
        file: 'stock.ts',
        from: "type Failure = EventOf<'InventoryFailed'>['payload'];\n",
        to: "type Failure = EventOf<'InventoryFailed'>['payload'];\n\n/** No redelivery takes longer. */\nconst REMEMBERED_MS = 30 * 60_000;\n",
      },
    ],
  },
  {
    name: 'stock-as-it-was-ten-seconds-ago',
    caughtBy: 'reserved',
    edits: [
      {
        file: 'inventory-service.ts',
        from: "import { Stock } from './stock.ts';\n",
        to: "import { Stock, type StockLevel } from './stock.ts';\n",
      },
      {
        file: 'inventory-service.ts',
        from: 'startService({\n',
        to: 'const KEPT_MS = 10_000;\nconst kept = new Map<string, { level: StockLevel; until: number }>();\n\n/** A shop page asks for the same skus all the time. */\nfunction levelOf(sku: string): StockLevel | undefined {\n  const known = kept.get(sku);\n  if (known && performance.now() < known.until) return known.level;\n  const level = stock.levelOf(sku);\n  if (level) kept.set(sku, { level, until: performance.now() + KEPT_MS });\n  return level;\n}\n\nstartService({\n',
      },
      {
        file: 'inventory-service.ts',
        from: '      const level = stock.levelOf(request.params.sku);\n',
        to: '      const level = levelOf(request.params.sku);\n',
      },
    ],
  },
];

export const alsoRight: AlsoRight[] = [
  {
    name: 'commit-once-a-batch',
    edits: [
      consume(LOOP, `    let last: string | undefined;\n${LOOP.replace('return;', 'break;')}`),
      consume(COMMIT, '      last = message.offset;\n'),
      consume(
        '      await heartbeat();\n    }\n',
        `      await heartbeat();
    }
    if (last === undefined) return;
    const next = String(BigInt(last) + 1n);
    await commitOffsetsIfNecessary({ topics: [{ topic, partitions: [{ partition, offset: next }] }] });
`,
      ),
    ],
  },
  {
    name: 'repetitions-answered-with-silence-once-published',
    edits: [
      stock(
        'CREATE TABLE processed (event_id TEXT PRIMARY KEY, result TEXT);',
        'CREATE TABLE processed (event_id TEXT PRIMARY KEY, result TEXT, published INTEGER DEFAULT 0);',
      ),
      stock("'INSERT INTO processed VALUES (?, ?)'", "'INSERT INTO processed (event_id, result) VALUES (?, ?)'"),
      stock(
        '  close(): void {',
        "  isPublished(eventId: string): boolean {\n    const row = this.#database.prepare('SELECT published FROM processed WHERE event_id = ?').get(eventId);\n    return (row as { published: number } | undefined)?.published === 1;\n  }\n\n  published(eventId: string): void {\n    this.#database.prepare('UPDATE processed SET published = 1 WHERE event_id = ?').run(eventId);\n  }\n\n  close(): void {",
      ),
      inventory(
        '  const result = stock.reserve(event);\n',
        '  if (stock.isPublished(event.event_id)) return;\n  const result = stock.reserve(event);\n',
      ),
      inventory(PUBLISH_RESULT, `${PUBLISH_RESULT}  stock.published(event.event_id);\n`),
    ],
  },
  {
    name: 'partitions-at-the-same-time',
    edits: [
      consume('      autoCommit: false,\n', '      autoCommit: false,\n      partitionsConsumedConcurrently: 3,\n'),
    ],
  },
  {
    name: 'replayed-in-transactions',
    edits: [
      replay("import { Publisher } from '#shared/kafka/publisher.ts';\n", ''),
      replay(
        '  const publisher = new Publisher(kafka);\n',
        `  const transactionalId = \`replay-\${topic}\`;
  const producer = kafka.producer({ transactionalId, maxInFlightRequests: 1, allowAutoTopicCreation: false });
  await producer.connect();
`,
      ),
      replay(
        REPUBLISH,
        `      const transaction = await producer.transaction();
      await transaction.send({ topic: topicOf(letter.message), messages: [replayed(letter.message)] });
      await transaction.commit();
`,
      ),
      replay('publisher.close()', 'producer.disconnect()'),
    ],
  },
  {
    name: 'published-in-transactions-of-an-id-per-process',
    edits: ['inventory-service.ts', 'notification-service.ts'].map(publishingInTransactions),
  },
  {
    name: 'lines-as-they-stand-and-more-of-everything',
    edits: [
      stock(
        'const items = [...wanted].map(([sku, quantity]) => ({ sku, quantity }));',
        'const items = order.payload.items;',
      ),
      consume(
        '[deadLetter(placed, group, reason)]',
        "[{ ...deadLetter(placed, group, reason), headers: { ...deadLetter(placed, group, reason).headers, 'dlq-time': new Date().toISOString() } }]",
      ),
      replay("'replay-count': String(count)", "'replay-count': String(count), 'replayed-at': new Date().toISOString()"),
    ],
  },
  {
    name: 'pauses-drawn-by-lot',
    edits: [patience('await pause(wait, undefined', 'await pause(Math.random() * wait, undefined')],
  },
  {
    name: 'customer-remembered-with-the-mail-and-slower-retries',
    edits: [
      patience('const FIRST_PAUSE_MS = 200;', 'const FIRST_PAUSE_MS = 500;'),
      notification(REMEMBER, ''),
      notification(
        'customer_id: notifications.customerOf(order_id)',
        "customer_id: event.event_type === 'OrderCreated' ? event.payload.customer_id : notifications.customerOf(order_id)",
      ),
      notification(
        '  return notifications.accepted(event, kind);\n',
        `${REMEMBER}  return notifications.accepted(event, kind);\n`,
      ),
    ],
  },
];
