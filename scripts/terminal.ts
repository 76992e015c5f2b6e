// What every verb shares: one clear sentence for what went wrong, and a clean end however it comes.

import { styleText } from 'node:util';
import ora from 'ora';
import { explainFileTrouble } from '#infra/machine/file-trouble.ts';
import { GuidedError } from '#infra/machine/guided-error.ts';
import { Run } from '#infra/machine/run.ts';

/** Exit code for a command that was used wrongly or could not do its work. */
const TROUBLE = 2;

/**
 * Runs a verb with a run of its own and ends the process with the code that it returns. Ctrl-C, a closed terminal and
 * `kill` end it too, and in every case nothing that was started is left.
 */
export async function verb(main: (run: Run) => Promise<number>): Promise<never> {
  let begun: Run | undefined;
  const signals = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
  // Before the run begins: a signal in the middle of that would end the process there, and leave its folder.
  for (const [signal, code] of Object.entries(signals)) {
    process.once(signal, () => {
      begun?.dispose();
      process.exit(code);
    });
  }
  const run = beginRun();
  begun = run;
  // A reader that has gone (`| head`) and a defect of ours must not leave a broker behind either.
  const giveUp = (error: unknown): never => {
    run.dispose();
    return endWith(error);
  };
  process.stdout.on('error', (error) => {
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') giveUp(outputFailed(error));
    run.dispose();
    process.exit(TROUBLE);
  });
  process.once('uncaughtException', giveUp);
  try {
    const code = await main(run);
    run.dispose();
    process.exit(code);
  } catch (error) {
    return giveUp(error);
  }
}

function beginRun(): Run {
  try {
    return Run.begin();
  } catch (error) {
    return endWith(error);
  }
}

/** Says what went wrong and ends the process. */
function endWith(error: unknown): never {
  const explained = explainFileTrouble(error);
  if (explained instanceof GuidedError) {
    console.error(`${styleText('red', '✗')} ${explained.message}\n${styleText('bold', 'Next:')} ${explained.next}`);
  } else {
    console.error('The workbook itself failed; please report this:\n', error);
  }
  process.exit(TROUBLE);
}

function outputFailed(cause: Error): GuidedError {
  return new GuidedError(
    `What the workbook says could not be written to where its output is sent (${(cause as NodeJS.ErrnoException).code}).`,
    'send it to the terminal, or to a file on a disk with space.',
    { cause },
  );
}

/** A status line that is rewritten in place; where there is no terminal, one line for each new status. */
export function statusLine() {
  const spinner = ora({ stream: process.stderr, discardStdin: false });
  let last = '';
  return {
    report(status: string): void {
      if (spinner.isEnabled) spinner.start(status);
      else if (status.replace(/[\d.]+/g, '') !== last) console.error(status);
      last = status.replace(/[\d.]+/g, '');
    },
    /** What is going on, where there is a terminal to show it. */
    busy(what: string): void {
      if (spinner.isEnabled) spinner.start(what);
    },
    clear(): void {
      spinner.stop();
      last = '';
    },
  };
}
