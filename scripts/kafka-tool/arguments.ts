// The words of a command line: what stands where, and which options there are.
import { parseArgs } from 'node:util';
import { GuidedError } from '#infra/machine/guided-error.ts';
import { complaintOf } from '../command-line.ts';

const OPTIONS = {
  partitions: { type: 'string' },
  replication: { type: 'string' },
  config: { type: 'string', multiple: true },
  unset: { type: 'string', multiple: true },
  key: { type: 'string' },
  'key-separator': { type: 'string' },
  file: { type: 'string' },
  null: { type: 'boolean' },
  header: { type: 'string', multiple: true },
  from: { type: 'string' },
  max: { type: 'string' },
  filter: { type: 'string' },
  format: { type: 'string' },
  partition: { type: 'string' },
  to: { type: 'string' },
  execute: { type: 'boolean' },
  rate: { type: 'string' },
  keys: { type: 'string' },
  distribution: { type: 'string' },
  seconds: { type: 'string' },
} as const;

export type Options = ReturnType<typeof parseWords>['values'];

export const USAGE = [
  'npm run kafka topics list',
  'npm run kafka topics describe TOPIC',
  'npm run kafka topics delete TOPIC',
  'npm run kafka -- topics create TOPIC [--partitions N] [--replication N] [--config NAME=VALUE …]',
  'npm run kafka -- topics alter TOPIC [--partitions N] [--config NAME=VALUE …] [--unset NAME …]',
  'npm run kafka -- produce TOPIC [--key KEY] [--header NAME=VALUE …] [--partition P] [VALUE | --file PATH | --null]',
  'npm run kafka -- produce TOPIC [--key-separator TEXT] [--header …] [--partition P]   (a record a line of stdin)',
  'npm run kafka -- consume TOPIC [--from beginning|latest|OFFSET|TIME] [--to latest|OFFSET|TIME] [--max N] [--partition P]',
  '                               [--filter TEXT] [--format line|json|value]   (with --to it ends, at the present end at the latest)',
  'npm run kafka inspect TOPIC PARTITION OFFSET',
  'npm run kafka -- load TOPIC [--rate N] [--keys N] [--distribution even|zipf|one] [--seconds N]   (100 a second over 1000 keys, until Ctrl-C)',
  'npm run kafka groups list',
  'npm run kafka groups describe GROUP',
  'npm run kafka lag GROUP [TOPIC …]',
  'npm run kafka -- reset GROUP TOPIC --to beginning|latest|OFFSET|TIME [--partition P] [--execute]',
];

/** A wrong call, with the right ones. */
export function wrongCall(sentence: string): GuidedError {
  return new GuidedError(sentence, `one of\n${USAGE.map((line) => `  ${line}`).join('\n')}`);
}

const ALLOWED: Record<string, (keyof Options)[]> = {
  'topics create': ['partitions', 'replication', 'config'],
  'topics alter': ['partitions', 'config', 'unset'],
  produce: ['key', 'key-separator', 'header', 'partition', 'file', 'null'],
  consume: ['from', 'to', 'max', 'partition', 'filter', 'format'],
  load: ['rate', 'keys', 'distribution', 'seconds'],
  reset: ['to', 'partition', 'execute'],
};

/** Throws a GuidedError for an option that the command does not have: it would do something else than was meant. */
function demandAllowed([noun = '', verb = '']: string[], options: Options): void {
  const allowed = ALLOWED[noun] ?? ALLOWED[`${noun} ${verb}`] ?? [];
  const stray = (Object.keys(options) as (keyof Options)[]).find((name) => !allowed.includes(name));
  if (stray) throw wrongCall(`"${noun === 'topics' ? `${noun} ${verb}` : noun}" has no option --${stray}.`);
}

/** Reads words and options. Throws a GuidedError for an option that does not exist, or that npm has kept for itself. */
export function readWords(argv: string[], env: NodeJS.ProcessEnv): { words: string[]; options: Options } {
  const kept = Object.keys(OPTIONS).find(
    (name) => env[`npm_config_${name}`] !== undefined && !argv.includes(`--${name}`),
  );
  if (kept) {
    throw new GuidedError(
      `npm has taken --${kept} for an option of its own.`,
      'put -- before the command: npm run kafka -- consume orders.created --max 5',
    );
  }
  const { positionals, values } = parsed(argv);
  demandAllowed(positionals, values);
  return { words: positionals, options: values };
}

function parsed(argv: string[]) {
  try {
    return parseWords(argv);
  } catch (error) {
    throw wrongCall(complaintOf(error as Error));
  }
}

function parseWords(args: string[]) {
  return parseArgs({ args, options: OPTIONS, allowPositionals: true });
}

/** `name=value` pairs as an object. */
export function pairs(option: string, list: string[] = []): Record<string, string> {
  return Object.fromEntries(
    list.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) throw wrongCall(`--${option} wants NAME=VALUE, and "${pair}" is none.`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

/** A whole number of at least `least`; undefined stays undefined. */
export function whole(option: string, text: string | undefined, least: number): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d+$/.test(text) && Number(text) >= least) return Number(text);
  throw wrongCall(`--${option} wants a whole number of at least ${least}, and "${text}" is none.`);
}
