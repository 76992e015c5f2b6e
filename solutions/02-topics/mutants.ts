// What goes wrong in chapter 02, each as edits of the solution and the check that must notice; then what is right as well.
import { type AlsoRight, type Edit, type Mutant, trustingAnybody } from '#shared/mutant.ts';

const course = (from: string, to: string): Edit => ({ file: 'course-topics.ts', from, to });
const changes = (from: string, to: string): Edit => ({ file: 'topic-changes.ts', from, to });
const state = (from: string, to: string): Edit => ({ file: 'topic-state.ts', from, to });
const program = (from: string, to: string): Edit => ({ file: 'topics.ts', from, to });

const SETTINGS = "const configEntries = [{ name: 'retention.ms', value: String(RETENTION_MS) }];";
const MIN_ISR = "  if (replicationFactor === 3) configEntries.push({ name: 'min.insync.replicas', value: '2' });\n";
const MAKE = `  await admin.createTopics({
    topics: names.map((topic) => ({ topic, numPartitions: PARTITIONS, replicationFactor, configEntries })),
    waitForLeaders: false,
  });
`;
const REFUSE_FEWER = `  if (wanted < partitions) {
    throw new Error(\`\${topic} has \${partitions} partitions, and Kafka cannot take any away.\`);
  }
`;
const ALL_SETTINGS = "const settings = { ...overrides, 'retention.ms': String(retentionMs) };";
const OWN = 'configEntries.filter(({ configSource }) => configSource === ConfigSource.TOPIC_CONFIG)';
const FACTOR = 'config.REPLICATION_FACTOR ?? Math.min(3, brokers.length)';
const MAKE_MISSING = '  await createTopics(admin, missing, replicationFactor);\n';

export const mutants: Mutant[] = [
  // what is made
  {
    name: 'left-to-auto-creation',
    caughtBy: 'create',
    edits: [
      course(MAKE, '  for (const name of names) await admin.fetchTopicMetadata({ topics: [name] }).catch(() => {});\n'),
    ],
  },
  {
    name: 'partitions-of-the-broker',
    caughtBy: 'create',
    edits: [course('numPartitions: PARTITIONS, replicationFactor, configEntries', 'replicationFactor, configEntries')],
  },
  {
    name: 'names-with-underscores',
    caughtBy: 'create',
    edits: [
      course(
        '[...TOPICS, ...TOPICS.map(deadLetterTopic)];',
        "[...TOPICS, ...TOPICS.map(deadLetterTopic)].map((name) => name.replace('.', '_'));",
      ),
    ],
  },
  {
    name: 'names-of-a-thing-and-not-of-events',
    caughtBy: 'create',
    edits: [
      course(
        '[...TOPICS, ...TOPICS.map(deadLetterTopic)];',
        "[...TOPICS, ...TOPICS.map(deadLetterTopic)].map((name) => name.replace('orders.', 'order.'));",
      ),
    ],
  },
  {
    name: 'no-dead-letter-topics',
    caughtBy: 'create',
    edits: [course('[...TOPICS, ...TOPICS.map(deadLetterTopic)];', '[...TOPICS];\nvoid deadLetterTopic;')],
  },
  {
    name: 'one-dead-letter-topic-for-all',
    caughtBy: 'create',
    edits: [course('[...TOPICS, ...TOPICS.map(deadLetterTopic)];', "[...TOPICS, 'dlq'];\nvoid deadLetterTopic;")],
  },
  {
    name: 'replicas-of-the-broker',
    caughtBy: 'create',
    edits: [
      course('numPartitions: PARTITIONS, replicationFactor, configEntries', 'numPartitions: PARTITIONS, configEntries'),
    ],
  },
  {
    name: 'retention-in-seconds',
    caughtBy: 'retention-set',
    edits: [course('7 * 24 * 60 * 60 * 1000', '7 * 24 * 60 * 60')],
  },
  {
    name: 'retention-left-to-the-broker',
    caughtBy: 'retention-set',
    edits: [
      course(SETTINGS, 'const configEntries: { name: string; value: string }[] = [];'),
      course(
        "topic.overrides['retention.ms'] ?? 'inherited'",
        "topic.overrides['retention.ms'] ?? String(RETENTION_MS)",
      ),
    ],
  },
  {
    name: 'retention-under-a-brokers-name',
    caughtBy: 'create',
    edits: [course(SETTINGS, SETTINGS.replace('retention.ms', 'log.retention.ms'))],
  },
  {
    name: 'compacted',
    caughtBy: 'events-kept',
    edits: [course(SETTINGS, `${SETTINGS}\n  configEntries.push({ name: 'cleanup.policy', value: 'compact' });`)],
  },
  {
    name: 'compacted-and-deleted',
    caughtBy: 'events-kept',
    edits: [
      course(SETTINGS, `${SETTINGS}\n  configEntries.push({ name: 'cleanup.policy', value: 'compact,delete' });`),
    ],
  },
  { name: 'min-isr-of-one', caughtBy: 'min-isr', edits: [course(MIN_ISR, '')] },
  {
    name: 'min-isr-of-all-replicas',
    caughtBy: 'min-isr',
    edits: [course(MIN_ISR, MIN_ISR.replace("'2'", "'3'"))],
  },
  {
    name: 'min-isr-of-two-whatever-the-factor',
    caughtBy: 'factor-given',
    edits: [course(MIN_ISR, MIN_ISR.replace('  if (replicationFactor === 3) ', '  '))],
  },
  // replication
  {
    name: 'three-replicas-whatever-is-asked-for',
    caughtBy: 'factor-given',
    edits: [program(FACTOR, 'Math.min(3, brokers.length)')],
  },
  {
    name: 'drift-against-the-default-factor',
    caughtBy: 'factor-given',
    edits: [
      program(
        'const drift = driftOf(topic, replicationFactor);',
        'const drift = driftOf(topic, Math.min(3, brokers.length));',
      ),
    ],
  },
  {
    name: 'three-replicas-whatever-there-is',
    caughtBy: 'one-broker',
    edits: [program(FACTOR, 'config.REPLICATION_FACTOR ?? Math.max(3, brokers.length)')],
  },
  {
    name: 'fewer-replicas-without-a-word',
    caughtBy: 'too-few-brokers',
    edits: [program(FACTOR, 'Math.min(config.REPLICATION_FACTOR ?? 3, brokers.length)')],
  },
  {
    name: 'refusal-of-the-cluster-swallowed',
    caughtBy: 'one-broker-refuses',
    edits: [program(MAKE_MISSING, MAKE_MISSING.replace(';', '.catch((error) => console.error(error));'))],
  },
  // again
  {
    name: 'existing-topic-is-an-error',
    caughtBy: 'again',
    edits: [
      program(
        '  const missing = COURSE_TOPICS.filter((name) => !names.includes(name));\n',
        "  const missing = COURSE_TOPICS;\n  if (there.length > 0) throw new Error('TOPIC_ALREADY_EXISTS');\n",
      ),
    ],
  },
  {
    name: 'made-anew-each-time',
    caughtBy: 'again',
    edits: [
      program(
        '  const names = await namesOfTopics(admin);\n  const there',
        '  for (const topic of await namesOfTopics(admin)) if (COURSE_TOPICS.includes(topic)) await admin.deleteTopics({ topics: [topic] });\n  await new Promise((resolve) => setTimeout(resolve, 500));\n  const names = await namesOfTopics(admin);\n  const there',
      ),
    ],
  },
  {
    name: 'settings-written-again-each-time',
    caughtBy: 'again',
    edits: [
      program('import { growTopic, setRetention }', 'import { growTopic, setRetention as setAlone }'),
      program(
        'await setRetention(admin, await readTopic(admin, name), retentionMs);',
        'await setAlone(admin, await readTopic(admin, name), retentionMs);',
      ),
      program(
        '  const drifted = there.filter((topic) => {\n',
        "  for (const topic of there) {\n    const keep = topic.overrides['min.insync.replicas'];\n    const overrides: Record<string, string> = keep ? { 'min.insync.replicas': keep } : {};\n    await setAlone(admin, { ...topic, overrides }, 604_800_000);\n  }\n  const drifted = there.filter((topic) => {\n",
      ),
    ],
  },
  {
    name: 'drift-not-looked-for',
    caughtBy: 'drift-partitions',
    edits: [program('const drift = driftOf(topic, replicationFactor);', 'const drift: string[] = []; void driftOf;')],
  },
  {
    name: 'nothing-made-where-something-is',
    caughtBy: 'missing-made',
    edits: [
      program(MAKE_MISSING, MAKE_MISSING.replace('  await', '  if (there.length === 0) await')),
      program('created: missing.length,', 'created: there.length === 0 ? missing.length : 0,'),
    ],
  },
  {
    name: 'min-isr-only-for-the-default-factor',
    caughtBy: 'missing-made',
    edits: [
      course(
        'replicationFactor: number): Promise<void> {',
        'replicationFactor: number, durable: boolean): Promise<void> {',
      ),
      course(MIN_ISR, MIN_ISR.replace('replicationFactor === 3', 'durable')),
      program(MAKE_MISSING, MAKE_MISSING.replace(');', ', !config.REPLICATION_FACTOR && brokers.length >= 3);')),
    ],
  },
  {
    name: 'drift-only-when-nothing-is-missing',
    caughtBy: 'drift-and-missing',
    edits: [program(MAKE_MISSING, `${MAKE_MISSING}  if (missing.length > 0) return 0;\n`)],
  },
  {
    name: 'only-the-first-drift',
    caughtBy: 'drift-of-several',
    edits: [
      program(
        'const drifted = there.filter((topic) => {\n',
        'let told = false;\n  const drifted = there.filter((topic) => {\n    if (told) return false;\n',
      ),
      program('    return drift.length > 0;\n', '    told = drift.length > 0;\n    return told;\n'),
    ],
  },
  {
    name: 'drift-of-partitions-ignored',
    caughtBy: 'drift-partitions',
    edits: [
      course(
        '.filter((fact) => wanted[fact] !== found[fact])',
        ".filter((fact) => fact !== 'partitions' && wanted[fact] !== found[fact])",
      ),
    ],
  },
  {
    name: 'more-partitions-are-fine',
    caughtBy: 'drift-more-partitions',
    edits: [course('    partitions: topic.partitions,\n', '    partitions: Math.min(topic.partitions, PARTITIONS),\n')],
  },
  {
    name: 'more-replicas-are-fine',
    caughtBy: 'drift-more-replication',
    edits: [
      course(
        '    replicas: topic.replicationFactor,\n',
        '    replicas: Math.min(topic.replicationFactor, replicationFactor),\n',
      ),
    ],
  },
  {
    name: 'names-whatever-it-has-looked-at',
    caughtBy: 'drift-partitions',
    edits: [
      program(
        "if (drift.length > 0) console.error(`drift: ${topic.topic} has ${drift.join(', ')}; it was left alone`);",
        'console.error(`${topic.topic} exists and was left alone`);',
      ),
    ],
  },
  {
    name: 'factor-counted-from-kafka-brokers',
    caughtBy: 'again',
    edits: [
      program(
        'const { brokers } = await admin.describeCluster();',
        "const brokers = (process.env.KAFKA_BROKERS ?? '').split(',');",
      ),
    ],
  },
  {
    name: 'minimum-of-replicas-in-a-second-step',
    caughtBy: 'interrupted',
    edits: [
      course(MIN_ISR, ''),
      course(
        '  await untilVisible(admin, names);\n',
        `  await untilVisible(admin, names);
  if (replicationFactor !== 3) return;
  const all = [...configEntries, { name: 'min.insync.replicas', value: '2' }];
  await admin.alterConfigs({
    validateOnly: false,
    resources: names.map((name) => ({ type: 2, name, configEntries: all })),
  });
`,
      ),
    ],
  },
  {
    name: 'one-replica-is-drift-on-one-broker',
    caughtBy: 'one-broker',
    edits: [
      program(
        'const drift = driftOf(topic, replicationFactor);',
        'const drift = driftOf(topic, config.REPLICATION_FACTOR ?? 3);',
      ),
    ],
  },
  {
    name: 'longer-is-fine',
    caughtBy: 'drift-longer-retention',
    edits: [
      course(
        "topic.overrides['retention.ms'] ?? 'inherited'",
        "String(Math.min(Number(topic.overrides['retention.ms']), RETENTION_MS))",
      ),
    ],
  },
  {
    name: 'retention-compared-in-days',
    caughtBy: 'drift-longer-retention',
    edits: [
      course(
        "topic.overrides['retention.ms'] ?? 'inherited'",
        "String(Math.round(Number(topic.overrides['retention.ms']) / 86_400_000) * 86_400_000)",
      ),
    ],
  },
  {
    name: 'minus-one-is-a-factor',
    caughtBy: 'environment',
    edits: [
      {
        file: 'topics.ts',
        from: "import { readEnvironment, wholeNumber } from '#shared/config/environment.ts';\n",
        to: '\n',
      },
      {
        file: 'topics.ts',
        from: 'const config = readEnvironment({ REPLICATION_FACTOR: wholeNumber(1, 32_767).optional() });\n',
        to: 'const config = { REPLICATION_FACTOR: factorFrom(process.env.REPLICATION_FACTOR) };\n\nfunction factorFrom(text: string | undefined): number | undefined {\n  if (text === undefined) return undefined;\n  const factor = Number(text);\n  if (!factor || !Number.isInteger(factor)) {\n    console.error(`REPLICATION_FACTOR must be a whole number; it is "${text}".`);\n    process.exit(1);\n  }\n  return factor;\n}\n\n',
      },
    ],
  },
  {
    name: 'one-replica-is-no-replication',
    caughtBy: 'drift-more-replication',
    edits: [{ file: 'topics.ts', from: 'wholeNumber(1, 32_767)', to: 'wholeNumber(2, 32_767)' }],
  },
  {
    name: 'any-certificate-will-do',
    caughtBy: 'secured',
    edits: [trustingAnybody('topics.ts', "// Fewer retries than the library's")],
  },
  {
    name: 'same-retention-is-an-error',
    caughtBy: 'retention',
    edits: [
      {
        file: 'topic-changes.ts',
        from: "  const settings = { ...overrides, 'retention.ms': String(retentionMs) };\n",
        to: "  if (overrides['retention.ms'] === String(retentionMs)) throw new Error(`${topic} keeps its records for ${retentionMs} ms already.`);\n  const settings = { ...overrides, 'retention.ms': String(retentionMs) };\n",
      },
    ],
  },
  {
    name: 'retention-without-its-size',
    caughtBy: 'retention',
    edits: [
      {
        file: 'topic-changes.ts',
        from: "  const settings = { ...overrides, 'retention.ms': String(retentionMs) };\n",
        to: "  const { 'retention.bytes': _size, ...others } = overrides;\n  const settings = { ...others, 'retention.ms': String(retentionMs) };\n",
      },
    ],
  },
  {
    name: 'nothing-is-zero',
    caughtBy: 'usage',
    edits: [
      {
        file: 'topics.ts',
        from: 'if (!/^-?\\d+$/.test(text) || !Number.isSafeInteger(value)',
        to: 'if (!Number.isSafeInteger(value)',
      },
    ],
  },
  {
    name: 'report-names-whatever-is-there',
    caughtBy: 'drift-retention',
    edits: [
      {
        file: 'topics.ts',
        from: "    if (drift.length > 0) console.error(`drift: ${topic.topic} has ${drift.join(', ')}; it was left alone`);\n    return drift.length > 0;\n  });\n",
        to: "    return drift.length > 0;\n  });\n  if (drifted.length > 0) {\n    const found = there.map(({ topic }) => topic).join(', ');\n    console.error(`${drifted.length} not as they should be, left alone: ${found}`);\n  }\n",
      },
    ],
  },
  {
    name: 'first-topic-stands-for-all',
    caughtBy: 'missing-made',
    edits: [
      {
        file: 'topics.ts',
        from: 'const missing = COURSE_TOPICS.filter((name) => !names.includes(name));',
        to: "const missing = names.includes('orders.created') ? [] : COURSE_TOPICS.filter((name) => !names.includes(name));",
      },
    ],
  },
  {
    name: 'drift-of-replication-ignored',
    caughtBy: 'drift-replication',
    edits: [
      course(
        '.filter((fact) => wanted[fact] !== found[fact])',
        ".filter((fact) => fact !== 'replicas' && wanted[fact] !== found[fact])",
      ),
    ],
  },
  {
    name: 'drift-of-retention-ignored',
    caughtBy: 'drift-retention',
    edits: [
      course(
        '.filter((fact) => wanted[fact] !== found[fact])',
        ".filter((fact) => fact !== 'retention.ms' && wanted[fact] !== found[fact])",
      ),
    ],
  },
  {
    name: 'drift-is-a-warning',
    caughtBy: 'drift-retention',
    edits: [program('return drifted.length > 0 ? 1 : 0;', 'return drifted.length > 99 ? 1 : 0;')],
  },
  {
    name: 'drift-without-a-name',
    caughtBy: 'drift-replication',
    edits: [
      program("`drift: ${topic.topic} has ${drift.join(', ')}; it was left alone`", "`drift: ${drift.join(', ')}`"),
    ],
  },
  {
    name: 'drift-mended',
    caughtBy: 'drift-retention',
    edits: [
      program(
        '    return drift.length > 0;\n',
        '    if (drift.length > 0) mending.push(setRetention(admin, topic, 604_800_000));\n    return drift.length > 0;\n',
      ),
      program('  const drifted = there', '  const mending: Promise<void>[] = [];\n  const drifted = there'),
      program(
        '  return drifted.length > 0 ? 1 : 0;',
        '  await Promise.all(mending);\n  return drifted.length > 0 ? 1 : 0;',
      ),
    ],
  },
  {
    name: 'partitions-grown-where-they-differ',
    caughtBy: 'drift-partitions',
    edits: [
      program(
        '  const drifted = there',
        '  for (const topic of there) if (topic.partitions < 3) await growTopic(admin, topic, 3);\n  const drifted = there',
      ),
    ],
  },
  {
    name: 'made-first-and-configured-later',
    caughtBy: 'interrupted',
    edits: [
      course(
        MAKE,
        `  await admin.createTopics({
    topics: names.map((topic) => ({ topic, numPartitions: PARTITIONS, replicationFactor })),
    waitForLeaders: false,
  });
  await untilVisible(admin, names);
  const resources = names.map((name) => ({ type: 2, name, configEntries }));
  await admin.alterConfigs({ validateOnly: false, resources });
`,
      ),
      course(
        "topic.overrides['retention.ms'] ?? 'inherited'",
        "topic.overrides['retention.ms'] ?? String(RETENTION_MS)",
      ),
    ],
  },
  // grow
  {
    name: 'same-number-is-an-error',
    caughtBy: 'grow-same',
    edits: [changes('  if (wanted === partitions) return;\n', '')],
  },
  {
    name: 'partitions-added-instead-of-set',
    caughtBy: 'grow',
    edits: [changes('count: wanted', 'count: partitions + wanted')],
  },
  {
    name: 'shrinks-by-deleting',
    caughtBy: 'grow-smaller',
    edits: [
      changes(
        REFUSE_FEWER,
        `  if (wanted < partitions) {
    await admin.deleteTopics({ topics: [topic] });
    await new Promise((resolve) => setTimeout(resolve, 500));
    await admin.createTopics({ topics: [{ topic, numPartitions: wanted }], waitForLeaders: false });
    return;
  }
`,
      ),
    ],
  },
  {
    name: 'refuses-after-having-deleted',
    caughtBy: 'grow-smaller',
    edits: [
      changes(
        REFUSE_FEWER,
        `  if (wanted < partitions) {
    await admin.deleteTopics({ topics: [topic] });
    await new Promise((resolve) => setTimeout(resolve, 500));
    await admin.createTopics({ topics: [{ topic, numPartitions: partitions }], waitForLeaders: false });
    throw new Error('cannot shrink');
  }
`,
      ),
    ],
  },
  {
    name: 'smaller-number-is-fine',
    caughtBy: 'grow-smaller',
    edits: [changes(REFUSE_FEWER, '  if (wanted < partitions) return;\n')],
  },
  {
    name: 'grows-by-making-anew',
    caughtBy: 'grow',
    edits: [
      changes(
        '  await admin.createPartitions({ topicPartitions: [{ topic, count: wanted }] });\n',
        `  await admin.deleteTopics({ topics: [topic] });
  await new Promise((resolve) => setTimeout(resolve, 500));
  await admin.createTopics({ topics: [{ topic, numPartitions: wanted }], waitForLeaders: false });
`,
      ),
    ],
  },
  // retention
  {
    name: 'other-overrides-wiped',
    caughtBy: 'retention',
    edits: [changes(ALL_SETTINGS, "const settings = { 'retention.ms': String(retentionMs) };\n  void overrides;")],
  },
  {
    name: 'only-known-overrides-kept',
    caughtBy: 'retention',
    edits: [
      changes(
        ALL_SETTINGS,
        "const known = ['min.insync.replicas', 'cleanup.policy', 'max.message.bytes'];\n  const kept = Object.entries(overrides).filter(([name]) => known.includes(name));\n  const settings = { ...Object.fromEntries(kept), 'retention.ms': String(retentionMs) };",
      ),
    ],
  },
  {
    name: 'old-value-wins',
    caughtBy: 'retention',
    edits: [changes(ALL_SETTINGS, "const settings = { 'retention.ms': String(retentionMs), ...overrides };")],
  },
  {
    name: 'validated-only',
    caughtBy: 'retention',
    edits: [changes('validateOnly: false', 'validateOnly: true')],
  },
  {
    name: 'retention-cut-to-32-bits',
    caughtBy: 'retention',
    edits: [changes("'retention.ms': String(retentionMs) };", "'retention.ms': String(retentionMs | 0) };")],
  },
  {
    name: 'broker-settings-made-overrides',
    caughtBy: 'retention-first',
    edits: [
      state(OWN, 'configEntries.filter(({ isDefault }) => !isDefault)'),
      state(', ConfigSource } = kafkajs', ' } = kafkajs'),
    ],
  },
  {
    name: 'every-setting-made-an-override',
    caughtBy: 'retention-first',
    edits: [
      state(OWN, "configEntries.filter(({ configValue }) => configValue !== '')"),
      state(', ConfigSource } = kafkajs', ' } = kafkajs'),
    ],
  },
  // describe
  {
    name: 'every-setting-described',
    caughtBy: 'describe',
    edits: [state(OWN, 'configEntries'), state(', ConfigSource } = kafkajs', ' } = kafkajs')],
  },
  {
    name: 'isr-in-the-order-of-the-answer',
    caughtBy: 'isr',
    edits: [state('partitions.toSorted((a, b) => a.partitionId - b.partitionId)', 'partitions.toReversed()')],
  },
  {
    name: 'replicas-instead-of-isr',
    caughtBy: 'isr',
    edits: [state('.map(({ isr }) => isr)', '.map(({ replicas }) => replicas)')],
  },
  {
    name: 'replication-factor-from-the-isr',
    caughtBy: 'isr',
    edits: [state('partitions[0]?.replicas.length ?? 0', 'Math.min(...partitions.map(({ isr }) => isr.length))')],
  },
  {
    name: 'first-broker-only',
    caughtBy: 'isr',
    edits: [
      program(
        '// Fewer retries',
        "process.env.KAFKA_BROKERS = process.env.KAFKA_BROKERS?.split(',')[0];\n// Fewer retries",
      ),
    ],
  },
  {
    name: 'isr-as-one-list',
    caughtBy: 'isr',
    edits: [
      state('  isr: number[][];', '  isr: number[];'),
      state('.map(({ isr }) => isr),', '.flatMap(({ isr }) => isr),'),
    ],
  },
  {
    name: 'describes-the-internal-topics',
    caughtBy: 'describe-all',
    edits: [state("names.filter((name) => !name.startsWith('__')).sort()", 'names.sort()')],
  },
  {
    name: 'describes-the-state-of-transactions',
    caughtBy: 'describe-all',
    edits: [state("!name.startsWith('__')", "name !== '__consumer_offsets'")],
  },
  {
    name: 'describes-the-course-alone',
    caughtBy: 'describe-all',
    edits: [
      program(
        'await readTopics(admin, await namesOfTopics(admin))',
        'await readTopics(admin, (await namesOfTopics(admin)).filter((topic) => COURSE_TOPICS.includes(topic)))',
      ),
    ],
  },
  {
    name: 'overrides-of-the-first-for-all',
    caughtBy: 'describe-all',
    edits: [
      state(
        '  return new Map(\n    described.resources.map(({ resourceName, configEntries }) => {',
        '  const [{ configEntries } = { configEntries: [] }] = described.resources;\n  return new Map(\n    described.resources.map(({ resourceName }) => {',
      ),
    ],
  },
  {
    name: 'replicas-only-of-a-topic-that-is-asked-for',
    caughtBy: 'describe-all',
    edits: [
      program(
        '  for (const topic of topics) print(topic);\n',
        '  for (const { isr, replicationFactor, ...rest } of topics) print(name ? { ...rest, isr, replicationFactor } : rest);\n',
      ),
    ],
  },
  {
    name: 'one-array-instead-of-lines',
    caughtBy: 'describe-all',
    edits: [program('  for (const topic of topics) print(topic);\n', '  print(topics);\n')],
  },
  {
    name: 'indented-json',
    caughtBy: 'describe',
    edits: [program('JSON.stringify(result)', 'JSON.stringify(result, null, 2)')],
  },
  {
    name: 'log-between-the-results',
    caughtBy: 'describe',
    edits: [program('  await admin.connect();\n', "  console.log('connecting');\n  await admin.connect();\n")],
  },
  {
    name: 'absent-topic-described-as-nothing',
    caughtBy: 'unknown-topic',
    edits: [
      program('[await readTopic(admin, name)]', 'await readTopic(admin, name).then((topic) => [topic], () => [])'),
    ],
  },
  {
    name: 'absent-topic-made-by-growing',
    caughtBy: 'unknown-topic',
    edits: [
      program(
        '  const topic = await readTopic(admin, name);\n',
        '  const names = await namesOfTopics(admin);\n  if (!names.includes(name)) await admin.createTopics({ topics: [{ topic: name, numPartitions: partitions }], waitForLeaders: false });\n  await new Promise((resolve) => setTimeout(resolve, 300));\n  const topic = await readTopic(admin, name);\n',
      ),
    ],
  },
  // the command line
  {
    name: 'defaults-for-a-missing-broker',
    caughtBy: 'environment',
    edits: [
      program(
        'const config = readEnvironment(',
        "process.env.KAFKA_BROKERS ??= 'localhost:9092';\nconst config = readEnvironment(",
      ),
    ],
  },
  {
    name: 'malformed-factor-is-the-default',
    caughtBy: 'environment',
    edits: [program('wholeNumber(1, 32_767).optional()', 'wholeNumber(1, 32_767).optional().catch(undefined)')],
  },
  {
    name: 'grows-to-whatever-parse-int-finds',
    caughtBy: 'usage',
    edits: [
      program("const partitions = wholeArgument('N', number, 1);", 'const partitions = Number.parseInt(number, 10);'),
    ],
  },
  {
    name: 'retention-in-whatever-parse-int-finds',
    caughtBy: 'usage',
    edits: [
      program(
        '  const value = Number(text);\n  if (!/^-?\\d+$/.test(text) || ',
        '  const value = Number.parseInt(text, 10);\n  if (',
      ),
    ],
  },
  {
    name: 'unknown-command-is-help',
    caughtBy: 'usage',
    edits: [program('      throw new Error(USAGE);\n', '      console.error(USAGE);\n      return async () => 0;\n')],
  },
  {
    name: 'refused-retention-is-reported-as-set',
    caughtBy: 'usage',
    edits: [
      program("wholeArgument('MS', number, -1)", "wholeArgument('MS', number, Number.MIN_SAFE_INTEGER)"),
      program(
        '  await setRetention(admin, await readTopic(admin, name), retentionMs);\n',
        '  const topic = await readTopic(admin, name);\n  // The broker knows best which values are good.\n  await setRetention(admin, topic, retentionMs).catch((error) => console.error(error.message));\n',
      ),
    ],
  },
  {
    name: 'errors-are-printed-and-forgotten',
    caughtBy: 'unreachable',
    edits: [program('  process.exitCode = 1;\n', '  process.exitCode = 0;\n')],
  },
  {
    name: 'admin-left-connected',
    caughtBy: 'create',
    edits: [program('  await admin.disconnect();\n', '  setInterval(() => {}, 1000);\n')],
  },
  {
    name: 'security-ignored',
    caughtBy: 'secured',
    edits: [
      program(
        "import type { Admin } from 'kafkajs';\n",
        "import { type Admin, Kafka, logLevel } from 'kafkajs';\nimport { z } from 'zod';\n",
      ),
      program(
        "import { kafkaFromEnvironment } from '#shared/kafka/connect.ts';\nimport { createLog } from '#shared/log.ts';\n",
        '\n',
      ),
      program(
        'const config = readEnvironment({ REPLICATION_FACTOR: wholeNumber(1, 32_767).optional() });\n',
        "const config = readEnvironment({\n  KAFKA_BROKERS: z.string().regex(/^[^\\s,:]+:\\d+(,[^\\s,:]+:\\d+)*$/, 'must be a list of host:port'),\n  REPLICATION_FACTOR: wholeNumber(1, 32_767).optional(),\n});\n",
      ),
      program(
        "const kafka = kafkaFromEnvironment('topics', createLog('topics', console.error), { retry: { retries: 3 } });\n",
        "const kafka = new Kafka({\n  clientId: 'topics',\n  brokers: config.KAFKA_BROKERS.split(','),\n  logLevel: logLevel.ERROR,\n  retry: { retries: 3 },\n});\n",
      ),
    ],
  },
  {
    name: 'retention-only-with-three',
    caughtBy: 'factor-given',
    edits: [
      course(
        'const RETENTION_MS = 7 * 24 * 60 * 60 * 1000;\n\n',
        "const RETENTION_MS = 7 * 24 * 60 * 60 * 1000;\n\nconst PRODUCTION_SETTINGS = [\n  { name: 'retention.ms', value: String(RETENTION_MS) },\n  { name: 'min.insync.replicas', value: '2' },\n];\n\n",
      ),
      course(
        "  const configEntries = [{ name: 'retention.ms', value: String(RETENTION_MS) }];\n  if (replicationFactor === 3) configEntries.push({ name: 'min.insync.replicas', value: '2' });\n",
        "  // A small cluster is somebody's laptop, for which the broker's own settings will do.\n  const configEntries = replicationFactor === 3 ? PRODUCTION_SETTINGS : [];\n",
      ),
      course(
        "    'retention.ms': topic.overrides['retention.ms'] ?? 'inherited',\n",
        "    'retention.ms': topic.overrides['retention.ms'] ?? String(RETENTION_MS),\n",
      ),
    ],
  },
  {
    name: 'factor-by-parse-int',
    caughtBy: 'environment',
    edits: [
      program("import { readEnvironment, wholeNumber } from '#shared/config/environment.ts';\n", '\n'),
      program(
        'const config = readEnvironment({ REPLICATION_FACTOR: wholeNumber(1, 32_767).optional() });\n',
        'const config = { REPLICATION_FACTOR: replicationFactorOf(process.env.REPLICATION_FACTOR) };\n',
      ),
      program(
        "const kafka = kafkaFromEnvironment('topics', createLog('topics', console.error), { retry: { retries: 3 } });\n\n",
        "const kafka = kafkaFromEnvironment('topics', createLog('topics', console.error), { retry: { retries: 3 } });\n\nfunction replicationFactorOf(text: string | undefined): number | undefined {\n  if (text === undefined) return undefined;\n  const factor = Number.parseInt(text, 10);\n  if (Number.isNaN(factor) || factor < 1) {\n    console.error(`REPLICATION_FACTOR must be a whole number of at least 1; it is \"${text}\".`);\n    process.exit(1);\n  }\n  return factor;\n}\n\n",
      ),
    ],
  },
  // each is right until an order, an id or a customer is unlike those that one tries by hand
  {
    name: 'partitions-sorted-as-text',
    caughtBy: 'isr',
    edits: [
      {
        file: 'topic-state.ts',
        from: 'partitions.toSorted((a, b) => a.partitionId - b.partitionId)',
        to: 'partitions.toSorted((a, b) => String(a.partitionId).localeCompare(String(b.partitionId)))',
      },
    ],
  },
  {
    name: 'kept-for-ever-is-no-drift',
    caughtBy: 'drift-of-several',
    edits: [
      {
        file: 'course-topics.ts',
        from: "topic.overrides['retention.ms'] ?? 'inherited',",
        to: "(topic.overrides['retention.ms'] ?? 'inherited').replace(/^-1$/, String(RETENTION_MS)),",
      },
    ],
  },
  {
    name: 'counts-compared-as-text',
    caughtBy: 'grow',
    edits: [
      {
        file: 'topic-changes.ts',
        from: 'if (wanted < partitions) {',
        to: 'if (String(wanted) < String(partitions)) {',
      },
    ],
  },
  {
    name: 'retention-to-the-minute',
    caughtBy: 'retention',
    edits: [
      {
        file: 'topic-changes.ts',
        from: 'String(retentionMs)',
        to: 'String(Math.round(retentionMs / 60_000) * 60_000)',
      },
    ],
  },
  {
    name: 'grown-by-multiples',
    caughtBy: 'grow',
    edits: [
      { file: 'topic-changes.ts', from: 'count: wanted', to: 'count: Math.ceil(wanted / partitions) * partitions' },
    ],
  },
  // Found by readers of the contract who had seen the checks.
  {
    name: 'errors-on-stdout',
    caughtBy: 'unknown-topic',
    edits: [
      {
        file: 'topics.ts',
        from: '  console.error((error as Error).message);\n',
        to: '  console.log((error as Error).message);\n',
      },
    ],
  },
  {
    name: 'sasl-left-out-under-tls',
    caughtBy: 'secured',
    edits: [
      {
        file: 'topics.ts',
        from: "// Fewer retries than the library's: somebody is waiting at a terminal, and can run the command again.\n",
        to: "// Over TLS the certificate says who we are; SASL is for clusters without it.\nif (process.env.KAFKA_SSL === 'true') {\n  for (const name of ['MECHANISM', 'USERNAME', 'PASSWORD']) delete process.env[`KAFKA_SASL_${name}`];\n}\n// Fewer retries than the library's: somebody is waiting at a terminal, and can run the command again.\n",
      },
    ],
  },
  {
    name: 'every-scram-is-512',
    caughtBy: 'secured',
    edits: [
      {
        file: 'topics.ts',
        from: "// Fewer retries than the library's: somebody is waiting at a terminal, and can run the command again.\n",
        to: "// There is PLAIN, and there is SCRAM.\nif (/^scram/i.test(process.env.KAFKA_SASL_MECHANISM ?? '')) process.env.KAFKA_SASL_MECHANISM = 'scram-sha-512';\n// Fewer retries than the library's: somebody is waiting at a terminal, and can run the command again.\n",
      },
    ],
  },
  {
    name: 'stray-topics-tidied-up',
    caughtBy: 'again',
    edits: [
      {
        file: 'topics.ts',
        from: '  const missing = COURSE_TOPICS.filter((name) => !names.includes(name));\n',
        to: '  // What is in our namespaces and not on the list is a typing error or a topic of an earlier release.\n  const stray = names.filter((name) => /^(orders|inventory|notifications)\\./.test(name) && !COURSE_TOPICS.includes(name));\n  if (stray.length > 0) await admin.deleteTopics({ topics: stray });\n  const missing = COURSE_TOPICS.filter((name) => !names.includes(name));\n',
      },
    ],
  },
  {
    name: 'internal-topic-not-described-when-asked-for',
    caughtBy: 'describe-all',
    edits: [
      {
        file: 'topics.ts',
        from: '  const topics =\n    name === undefined ? await readTopics(admin, await namesOfTopics(admin)) : [await readTopic(admin, name)];\n',
        to: '  const names = await namesOfTopics(admin);\n  if (name !== undefined && !names.includes(name)) throw new Error(`There is no topic ${name}.`);\n  const topics = await readTopics(admin, name === undefined ? names : [name]);\n',
      },
    ],
  },
  {
    name: 'replication-factor-from-the-largest-isr',
    caughtBy: 'isr',
    edits: [
      {
        file: 'topic-state.ts',
        from: 'partitions[0]?.replicas.length ?? 0',
        to: 'Math.max(0, ...partitions.map(({ isr }) => isr.length))',
      },
    ],
  },
  {
    name: 'existence-by-substring',
    caughtBy: 'missing-made',
    edits: [
      {
        file: 'topics.ts',
        from: '  const missing = COURSE_TOPICS.filter((name) => !names.includes(name));\n',
        to: "  const listed = names.join('\\n');\n  const missing = COURSE_TOPICS.filter((name) => !listed.includes(name));\n",
      },
    ],
  },
  {
    name: 'minimum-of-replicas-from-the-factor-hoped-for',
    caughtBy: 'one-broker',
    edits: [
      {
        file: 'course-topics.ts',
        from: 'replicationFactor: number): Promise<void> {',
        to: 'replicationFactor: number, durable: boolean): Promise<void> {',
      },
      {
        file: 'course-topics.ts',
        from: "  if (replicationFactor === 3) configEntries.push({ name: 'min.insync.replicas', value: '2' });\n",
        to: "  if (durable) configEntries.push({ name: 'min.insync.replicas', value: '2' });\n",
      },
      {
        file: 'topics.ts',
        from: '  await createTopics(admin, missing, replicationFactor);\n',
        to: '  await createTopics(admin, missing, replicationFactor, (config.REPLICATION_FACTOR ?? 3) === 3);\n',
      },
    ],
  },
  {
    name: 'only-topics-of-the-course-may-be-changed',
    caughtBy: 'grow-same',
    edits: [
      {
        file: 'topics.ts',
        from: "      const partitions = wholeArgument('N', number, 1);\n",
        to: "      if (!COURSE_TOPICS.includes(topic)) throw new Error(`${topic} is no topic of the course.`);\n      const partitions = wholeArgument('N', number, 1);\n",
      },
      {
        file: 'topics.ts',
        from: "      const retentionMs = wholeArgument('MS', number, -1);\n",
        to: "      if (!COURSE_TOPICS.includes(topic)) throw new Error(`${topic} is no topic of the course.`);\n      const retentionMs = wholeArgument('MS', number, -1);\n",
      },
    ],
  },
  {
    name: 'a-broker-for-each-new-partition',
    caughtBy: 'grow-replicated',
    edits: [
      {
        file: 'topic-changes.ts',
        from: '  await admin.createPartitions({ topicPartitions: [{ topic, count: wanted }] });\n',
        to: '  // In turn, so that no broker gets all of the new ones.\n  const { brokers } = await admin.describeCluster();\n  const count = wanted - partitions;\n  const assignments = Array.from({ length: count }, (_, index) => [brokers[index % brokers.length]?.nodeId ?? 1]);\n  await admin.createPartitions({ topicPartitions: [{ topic, count: wanted, assignments }] });\n',
      },
    ],
  },
];

export const alsoRight: AlsoRight[] = [
  {
    name: 'a-request-for-each-topic',
    edits: [
      course(
        MAKE,
        `  for (const topic of names) {
    const request = { topic, numPartitions: PARTITIONS, replicationFactor, configEntries };
    await admin.createTopics({ topics: [request], waitForLeaders: false });
  }
`,
      ),
    ],
  },
  {
    name: 'waits-for-leaders-as-the-library-does',
    edits: [
      course('    waitForLeaders: false,\n', ''),
      course('  await untilVisible(admin, names);\n', '  void untilVisible;\n'),
    ],
  },
  {
    name: 'validated-first-and-further-settings',
    edits: [
      course(
        MAKE,
        `  configEntries.push({ name: 'compression.type', value: 'producer' }, { name: 'max.message.bytes', value: '1048588' });
  const topics = names.map((topic) => ({ topic, numPartitions: PARTITIONS, replicationFactor, configEntries }));
  await admin.createTopics({ topics, validateOnly: true, waitForLeaders: false });
  await admin.createTopics({ topics, waitForLeaders: false });
`,
      ),
    ],
  },
  {
    name: 'drift-stops-everything-and-is-an-error-of-its-own-words',
    edits: [
      program(
        '  await createTopics(admin, missing, replicationFactor);\n',
        `  const otherwise = there.filter((topic) => driftOf(topic, replicationFactor).length > 0).map(({ topic }) => topic);
  if (otherwise.length > 0) throw new Error(JSON.stringify({ level: 'fatal', problem: 'DRIFT', topics: otherwise }));
  await createTopics(admin, missing, replicationFactor);
`,
      ),
    ],
  },
  {
    name: 'drift-is-a-result-in-colour',
    edits: [program('console.error(`drift: ${topic.topic}', 'console.log(`drift: \\u001b[33m${topic.topic}\\u001b[0m')],
  },
  {
    name: 'says-nothing-when-all-is-well-and-more-in-describe',
    edits: [
      program(
        '  print({ created: missing.length, drifted: drifted.length, unchanged: there.length - drifted.length });\n',
        '',
      ),
      program(
        '  for (const topic of topics) print(topic);\n',
        '  for (const topic of topics) print({ at: new Date().toISOString(), ...topic });\n',
      ),
    ],
  },
  {
    name: 'kafka-itself-refuses-to-shrink',
    edits: [changes(REFUSE_FEWER, '')],
  },
];
