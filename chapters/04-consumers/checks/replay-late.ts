// `replay` and a broker that takes its time.
import { check } from '#shared/testing/check.ts';
import { demand } from '#shared/testing/demand.ts';
import { recordTable } from '#shared/testing/evidence.ts';
import { seizesTheChance } from '#shared/testing/moments.ts';
import { describeExit } from '#shared/testing/service.ts';
import { LETTERS, letterOf, original, replay, TOPIC } from '../replays.ts';

const FIRST_RUN_LIMIT_MS = 40_000;
/** Longer than those wait who take silence for the end. */
const SILENT_MS = 8_000;

check(
  {
    id: 'replay-late',
    title: 'a replay that gets its letters late does not end with 0 before it has given them back',
    points: 3,
    why: 'A leader is elected, a disk is cold, a line is slow. A tool that takes silence for the end says that all is done, and the letters stay.',
    next: 'letter-box.ts, which came finished, reads to the end that the topic had at the start, however long that takes.',
  },
  async (bench) => {
    const letter = original();
    await bench.direct.publish(LETTERS, [letterOf(letter)]);
    // Whoever is connected by now is not replay.
    const { connections } = bench.tap;
    const held = bench.tap.faults.holdAnswers(({ api, connection }) => api === 'Fetch' && connection > connections);
    const program = bench.run('replay', bench.kafka.environment, [LETTERS]);
    const ended = () => program.exit !== undefined;
    await seizesTheChance(() => held.met.length > 0 || ended(), FIRST_RUN_LIMIT_MS);
    await seizesTheChance(ended, SILENT_MS);
    held.end();
    await program.waitForExit(FIRST_RUN_LIMIT_MS).catch(() => program.kill());
    const { exit } = program;
    const returned = async () =>
      (await bench.log.catchUp()).filter(({ topic, key }) => topic === TOPIC && key === letter.key);
    const before = await returned();
    demand(
      exit?.code !== 0 || before.length > 0,
      `exit code 0 only when the letter is back in ${TOPIC}; what is in ${LETTERS} was handed out after ${SILENT_MS / 1000} s.`,
      () => `It ended with 0, and the letter is not there.\n\n${program.tail()}`,
    );
    await replay(bench, LETTERS);
    const all = await returned();
    // Who was taken for dead meanwhile may have given it back, and not have been able to say so.
    const right = exit?.code === 0 ? all.length === 1 : all.length > 0;
    demand(right, 'after one more run the letter has been given back once.', () => recordTable(all));
    return `the first run ended with ${exit ? describeExit(exit) : 'nothing'}:\n${recordTable(all)}`;
  },
);
