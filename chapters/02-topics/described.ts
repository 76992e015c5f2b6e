// What `topics describe` prints: one JSON object a line, and nothing else on stdout.
import { demand } from '#shared/testing/demand.ts';
import type { Outcome } from './runs.ts';

/** A line, whose fields may be missing or of any type. */
export interface Described {
  topic?: unknown;
  partitions?: unknown;
  replicationFactor?: unknown;
  isr?: unknown;
  overrides?: unknown;
}

/** The objects on stdout. Fails the check when a line is something else. */
export function described({ stdout, told }: Outcome): Described[] {
  const lines = stdout.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) => {
    const value = parsed(line);
    demand(
      typeof value === 'object' && value !== null && !Array.isArray(value),
      'one JSON object a line on stdout, and nothing else there.',
      () => `this line is none: ${line}\n\n${told}`,
    );
    return value;
  });
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
