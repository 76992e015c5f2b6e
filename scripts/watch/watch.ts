// `npm run watch NN`: on every save the lab is judged again, by brokers that nobody has used and that are up already.
import { styleText } from 'node:util';
import { GuidedError } from '#infra/machine/guided-error.ts';
import type { Run } from '#infra/machine/run.ts';
import { type Chapter, listChapters } from '../chapters.ts';
import { BrokerPool } from '../grader/broker-pool.ts';
import { lanesOf, sizeOf } from '../grader/lanes.ts';
import { labFolder } from '../learner/reset.ts';
import { maySeeSolution } from '../learner/solution-diff.ts';
import { diffText } from '../learner/terminal/diff-text.ts';
import { nextHint } from '../learner/terminal/hint-text.ts';
import { progressText } from '../learner/terminal/progress-text.ts';
import { watchSaves } from '../live/save-watch.ts';
import { listenToKeys } from './keys.ts';
import { playRound } from './round.ts';

const KEYS = 'enter again · h hint · d diff · l list · n next chapter · q quit';

/** Resolves with the chapter to go on with, or with none: it never moves on by itself. */
export async function watchChapter(run: Run, chapter: Chapter, keys: Keys): Promise<Chapter | undefined> {
  const pool = new BrokerPool(chapter, { run });
  // While nothing happens one cluster is enough; those of the other lanes start beside the first checks.
  const keepOneReady = () =>
    pool.warm(
      lanesOf(chapter)
        .slice(0, 1)
        .map((lane) => sizeOf(chapter, lane)),
    );
  keepOneReady();
  let stop = new AbortController();
  let round: Promise<void> = Promise.resolve();
  const again = (why: string) => {
    stop.abort();
    stop = new AbortController();
    const { signal } = stop;
    round = round.then(async () => {
      if (signal.aborted) return;
      console.log(`\n${styleText('bold', `labs/${chapter.folder}`)}  ${styleText('dim', why)}`);
      const report = await playRound(chapter, { run, pool, signal });
      if (signal.aborted) return;
      keepOneReady();
      if (report?.verdict === 'passed') console.log('The solution beside yours: d. The next chapter: n.');
      console.log(styleText('dim', KEYS));
    });
    round.catch(keys.failed);
  };
  const watched = await watchSaves(labFolder(chapter), async (file) => again(`${file} was saved`));
  again(watched.polling ? 'files are polled' : 'save a file, and it runs again');
  const next = await chosen(chapter, keys, again);
  stop.abort();
  await Promise.all([watched.close(), round]);
  await pool.close();
  return next;
}

/** Keys as they are pressed, whichever chapter is watched. */
export class Keys {
  #pressed: (key: string) => void = () => {};
  readonly #failed = Promise.withResolvers<never>();

  constructor() {
    this.#failed.promise.catch(() => {});
    listenToKeys((key) => this.#pressed(key));
  }

  /** Resolves with the first answer that is not undefined; rejects when a round has failed. */
  until<T>(answer: (key: string) => T | undefined): Promise<T> {
    const { promise, resolve } = Promise.withResolvers<T>();
    this.#pressed = (key) => {
      const given = answer(key);
      if (given !== undefined) resolve(given);
    };
    return Promise.race([promise, this.#failed.promise]);
  }

  readonly failed = (error: Error): void => this.#failed.reject(error);
}

/** Answers keys until the learner quits or moves on. */
async function chosen(chapter: Chapter, keys: Keys, again: (why: string) => void): Promise<Chapter | undefined> {
  const { quit, next } = await keys.until((key) => {
    switch (key) {
      case '\r':
      case '\n':
        return void again('again');
      case 'h':
        return void say(() => nextHint(chapter));
      case 'd':
        return void say(() => diffText(chapter, { insist: false }));
      case 'l':
        return void say(progressText);
      case 'n':
        return following(chapter);
      case 'q':
        return { quit: true, next: undefined };
      default:
        return undefined;
    }
  });
  return quit ? undefined : next;
}

/** What a key shows; that something may not be seen yet is an answer too. */
function say(text: () => string): void {
  try {
    console.log(`\n${text()}`);
  } catch (error) {
    if (!(error instanceof GuidedError)) throw error;
    console.log(`\n${error.message}\n${styleText('bold', 'Next:')} ${error.next}`);
  }
}

function following(chapter: Chapter): { quit: boolean; next: Chapter | undefined } | undefined {
  const next = listChapters().find(({ number }) => number > chapter.number);
  if (maySeeSolution(chapter) && next) return { quit: false, next };
  console.log(
    next
      ? `\nChapter ${chapter.number} has not passed yet. To go on all the same: q, then npm run watch ${next.number}`
      : `\nChapter ${chapter.number} is the last one.`,
  );
  return undefined;
}
