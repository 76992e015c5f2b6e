// Dead letters as a check writes them itself, and `replay` run on them: of a topic that no service of this chapter reads.
import type { IHeaders, Message } from 'kafkajs';
import { demand } from '#shared/testing/demand.ts';
import type { Program } from '#shared/testing/program.ts';
import { describeExit } from '#shared/testing/service.ts';
import type { Workbench } from '#shared/testing/workbench.ts';
import { NOT_DONE_YET } from '#shared/todo.ts';

export const TOPIC = 'orders.completed';
export const LETTERS = `${TOPIC}.dlq`;
/** A replay that was killed is a member of its group for a session, 30 s by kafkajs's default. */
export const RUN_LIMIT_MS = 60_000;

export interface Original {
  /** As text. */
  key: string | null;
  keyBytes: Buffer | null;
  value: Buffer | null;
  headers: IHeaders;
}

let offset = 100;

/** An offset that no other letter names. */
export function newOffset(): number {
  return offset++;
}

/** A dead letter of a record that lay in orders.completed. */
export function letterOf(
  { keyBytes, value, headers }: Original,
  place = { partition: 1, offset: newOffset() },
): Message {
  return {
    key: keyBytes,
    value,
    headers: {
      ...headers,
      'dlq-topic': TOPIC,
      'dlq-partition': String(place.partition),
      'dlq-offset': String(place.offset),
      'dlq-group': 'some-group',
      'dlq-error': 'it was not to be',
    },
  };
}

export function original(change: { key?: Buffer | null; value?: Buffer | null; headers?: IHeaders } = {}): Original {
  const { key: keyBytes = Buffer.from(crypto.randomUUID()), ...rest } = change;
  const key = keyBytes?.toString() ?? null;
  return {
    key,
    keyBytes,
    value: Buffer.from(JSON.stringify({ about: key })),
    headers: { trace: Buffer.from([0, 254]) },
    ...rest,
  };
}

/** Runs `replay` to its end, which must be exit code 0. */
export async function replay(bench: Workbench, topic: string): Promise<Program> {
  const program = bench.run('replay', bench.kafka.environment, [topic]);
  const exit = await program.waitForExit(RUN_LIMIT_MS).catch(() => undefined);
  const task = program.stderr.split('\n').find((line) => line.startsWith(NOT_DONE_YET));
  demand(
    exit?.code === 0,
    `replay ${topic} ends with exit code 0.`,
    () =>
      `It ${exit ? `ended with ${describeExit(exit)}` : `was still running after ${RUN_LIMIT_MS / 1000} s`}${task ? `, and says: ${task}` : ''}.\n\n${program.tail()}`,
  );
  return program;
}
