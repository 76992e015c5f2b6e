import { brokerFailure } from './broker-failure.ts';
import { dockerEngine } from './docker-engine.ts';
import type { BrokerNode, NodeHandle } from './kafka.ts';
import { waitForBroker } from './wait-for-broker.ts';

const START_LIMIT_MS = 60_000;
/** Seconds between the SIGTERM and the SIGKILL of a stop. */
const STOP_LIMIT_S = 20;

/** What Docker answers when a container is already as it should be (304, 409) or is gone (404). */
const ALREADY = [304, 409];
const GONE = 404;

/** One broker's container. Docker knows all its state, so that any process can stop and start it. */
export class DockerNode implements BrokerNode {
  readonly id: number;
  readonly clientPort: number;
  readonly directPort: number;
  readonly #name: string;
  readonly #clusterId: string;

  constructor(node: NodeHandle, clusterId: string) {
    this.id = node.id;
    this.clientPort = node.clientPort;
    this.directPort = node.directPort;
    this.#name = node.place;
    this.#clusterId = clusterId;
  }

  async start(): Promise<void> {
    const container = await this.#container();
    await settle(container.start(), ALREADY);
    await waitForBroker({
      port: this.directPort,
      clusterId: this.#clusterId,
      brokers: 1,
      deadline: performance.now() + START_LIMIT_MS,
      assertAlive: async () => {
        const { State } = await container.inspect();
        if (State.Running) return;
        throw brokerFailure(`Kafka broker ${this.id} ended while it was starting.`, await this.#log());
      },
    });
  }

  async stop(): Promise<void> {
    await this.resume(); // a paused broker handles no SIGTERM
    await settle((await this.#container()).stop({ t: STOP_LIMIT_S }), ALREADY);
  }

  async kill(): Promise<void> {
    const container = await this.#container();
    await settle(container.kill({ signal: 'SIGKILL' }), ALREADY);
    await container.wait();
  }

  async pause(): Promise<void> {
    await settle((await this.#container()).pause(), ALREADY);
  }

  async resume(): Promise<void> {
    const container = await this.#container();
    if ((await container.inspect()).State.Paused) await container.unpause();
  }

  async remove(): Promise<void> {
    await settle((await this.#container()).remove({ force: true, v: true }), [GONE, ...ALREADY]);
  }

  async #container() {
    return (await dockerEngine()).container.getById(this.#name);
  }

  async #log(): Promise<string> {
    const frames = await (await this.#container()).logs({ stdout: true, stderr: true, tail: 20, follow: false });
    return textOf(frames);
  }
}

/** Docker sends a log in frames: one byte of stream, three of nothing, four of length, then the text. */
function textOf(frames: Buffer): string {
  let text = '';
  for (let at = 0; at + 8 <= frames.length; at += 8 + frames.readUInt32BE(at + 4)) {
    text += frames.toString('utf8', at + 8, at + 8 + frames.readUInt32BE(at + 4));
  }
  return text;
}

/** Awaits an answer of the Docker engine and takes the given statuses for success. */
async function settle(answer: Promise<unknown>, fine: number[]): Promise<void> {
  try {
    await answer;
  } catch (error) {
    if (!fine.includes((error as { statusCode?: number }).statusCode ?? 0)) throw error;
  }
}
