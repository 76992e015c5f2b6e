// The program of a new chapter, finished and as a starter.

const FINISHED = '  return undefined;\n';

/** A service that is always ready. */
export function program(name: string): string {
  return `// The ${name}: what it does, in a sentence.
import { port, readEnvironment } from '#shared/config/environment.ts';
import { startService } from '#shared/http/service.ts';
import { createLog } from '#shared/log.ts';

const config = readEnvironment({ PORT: port });

startService({
  port: config.PORT,
  log: createLog('${name}'),
  notReadyBecause,
  close: async () => {},
  routes: () => {},
});

/** Why the service cannot do its work now; undefined when it can. */
function notReadyBecause(): string | undefined {
${FINISHED}}
`;
}

/** The same with a task in place of what the learner is to write. */
export function starterProgram(name: string, task: string): string {
  return program(name)
    .replace(
      "import { createLog } from '#shared/log.ts';\n",
      (line) => `${line}import { notDoneYet } from '#shared/todo.ts';\n`,
    )
    .replace(FINISHED, `  // ${task}\n  return notDoneYet('${task}');\n`);
}
