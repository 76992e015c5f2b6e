// What a page may ask for, each with what it must send.
import { z } from 'zod';

const name = z.string().min(1).max(249);
const chapter = z.string().regex(/^\d\d-[a-z0-9-]+$/);

/** Kafka refuses a record above about a megabyte by itself; a page need not send more. */
const VALUE_LIMIT = 900_000;

export const produceCommand = z.object({
  topic: name,
  partition: z.int().min(0).optional(),
  key: z.string().max(10_000).optional(),
  /** Null for a tombstone. */
  value: z.string().max(VALUE_LIMIT).nullable(),
  headers: z.record(z.string(), z.string().max(10_000)).default({}),
});
export type ProduceCommand = z.infer<typeof produceCommand>;

export const partCommand = z.object({ part: name, action: z.enum(['kill', 'pause', 'resume', 'restart']) });
/** The body is for the learner's program to judge, and need not even be JSON. */
export const orderCommand = z.object({ body: z.string().max(VALUE_LIMIT) });
export const labCommand = z.object({ chapter, subject: z.enum(['labs', 'solutions']) });
export const chapterCommand = z.object({ chapter });
/** `insist`: to see the solution before the programs have passed. */
export const diffCommand = z.object({ chapter, insist: z.boolean() });
export const hintCommand = z.object({ chapter, task: z.int().min(1) });

export const readQuery = z.object({
  topic: name,
  partition: z.coerce.number().int().min(0).optional(),
  offset: z.string().regex(/^\d+$/).optional(),
  time: z.coerce.number().int().min(0).optional(),
});
