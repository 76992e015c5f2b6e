// Environments in which a program must not start.

import { holds } from './demand.ts';
import type { Fact } from './evidence.ts';
import { describeExit } from './service.ts';
import type { Environment, Workbench } from './workbench.ts';

const EXIT_LIMIT_MS = 40_000;
const SHOWN = 80;

/** Runs a program and says whether it ended with exit code 1 and a line on stderr that names the variable. */
export async function refusal(
  bench: Workbench,
  name: string,
  variable: string,
  environment: Environment,
  args: string[] = [],
): Promise<Fact> {
  const program = bench.run(name, environment, args);
  const exit = await program.waitForExit(EXIT_LIMIT_MS).catch(() => undefined);
  const given = environment[variable] === undefined ? `no ${variable}` : `${variable}=${environment[variable]}`;
  const named = program.stderr.includes(variable);
  const how = exit ? describeExit(exit) : `still running after ${EXIT_LIMIT_MS / 1000} s`;
  const found = `${how}, stderr ${named ? 'names it' : `says "${program.stderr.trim().slice(0, SHOWN)}"`}`;
  return holds(`${name}: ${given}`, found, `exit code 1, stderr names ${variable}`, exit?.code === 1 && named);
}
