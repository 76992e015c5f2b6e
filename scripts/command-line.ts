// What stands after a verb: words and options. A verb that ignored what it does not know would do something else than was
// meant, and `npm run docs:build -- --help` would make a folder of that name.
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { GuidedError } from '#infra/machine/guided-error.ts';

/**
 * Reads the words and options of the command that this process is. Throws a GuidedError, with `usage` as the next step, for
 * an option that does not exist and for more words than `atMost`.
 */
export function readCommandLine<const Options extends ParseArgsOptionsConfig = Record<never, never>>(
  usage: string,
  atMost: number,
  options?: Options,
) {
  const { values, positionals } = parsed(usage, options ?? ({} as Options));
  const tooMany = positionals[atMost];
  if (tooMany !== undefined) throw new GuidedError(`"${tooMany}" is one word too many.`, usage);
  return { values, words: positionals };
}

function parsed<const Options extends ParseArgsOptionsConfig>(usage: string, options: Options) {
  try {
    return parseArgs({ options, allowPositionals: true });
  } catch (error) {
    throw new GuidedError(complaintOf(error as Error), usage);
  }
}

/** The sentence of parseArgs that names the option; it goes on with advice about `--` that npm makes wrong. */
export function complaintOf(error: Error): string {
  const [sentence] = error.message.split('. ');
  return `${sentence}.`;
}
