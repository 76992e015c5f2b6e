// What `topics` says to an environment or to arguments that make no sense, before it opens anything.
import net from 'node:net';
import { check } from '#shared/testing/check.ts';
import { demandFacts, holds } from '#shared/testing/demand.ts';
import type { Fact } from '#shared/testing/evidence.ts';
import type { Environment, Workbench } from '#shared/testing/workbench.ts';
import { topics } from '../runs.ts';

check(
  {
    id: 'environment',
    title: 'a missing or malformed variable is named on stderr, and ends the program with exit code 1',
    points: 4,
    why: 'A job that starts with half a configuration makes topics on the wrong cluster, or with the wrong replication.',
    next: 'topics.ts reads its environment before it opens anything; keep it that way.',
  },
  async (bench) => {
    const broker = await witness();
    const sound = { KAFKA_BROKERS: `127.0.0.1:${broker.port}` };
    const cases: [string, Environment][] = [
      ['KAFKA_BROKERS', { KAFKA_BROKERS: undefined }],
      ['KAFKA_BROKERS', { KAFKA_BROKERS: 'nonsense' }],
      ['REPLICATION_FACTOR', { ...sound, REPLICATION_FACTOR: 'three' }],
      ['REPLICATION_FACTOR', { ...sound, REPLICATION_FACTOR: '0' }],
    ];
    try {
      const facts = await Promise.all(cases.map(([name, environment]) => refusal(bench, name, environment)));
      facts.push(holds('connections to a broker', broker.connections(), 'none', broker.connections() === 0));
      demandFacts('each of these ends with exit code 1 and a line on stderr that names the variable.', facts, () => '');
      return `${cases.length} wrong environments were refused, none opened a connection`;
    } finally {
      broker.close();
    }
  },
);

async function refusal(bench: Workbench, name: string, environment: Environment): Promise<Fact> {
  const { code, stderr } = await topics(bench, ['create'], environment);
  const given = environment[name] === undefined ? `no ${name}` : `${name}=${environment[name]}`;
  const named = stderr.includes(name);
  const found = `exit code ${code}, stderr ${named ? 'names it' : `says "${stderr.trim().slice(0, 80)}"`}`;
  return holds(given, found, `exit code 1, stderr names ${name}`, code === 1 && named);
}

/** A port that counts who connects, in the place of a broker. */
async function witness() {
  let connections = 0;
  const server = net.createServer((socket) => {
    connections++;
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  return { port, connections: () => connections, close: () => server.close() };
}
