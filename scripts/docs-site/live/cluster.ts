// The cluster that the page looks at: the one of KAFKA_BROKERS, or else the lab that the page has started, or else the one that
// is up.
import { type Admin, Kafka, logLevel } from 'kafkajs';
import { clientConfig } from '#infra/kafka/client-config.ts';
import { findRunningLab, type RunningLab } from '../../live/running-lab.ts';

/** Where the brokers are. Two targets with the same name are the same cluster. */
export interface Target {
  name: string;
  lab: RunningLab | undefined;
}

/** A page that waits for a broker that is gone should soon say so. */
const PATIENCE = {
  connectionTimeout: 1_500,
  requestTimeout: 4_000,
  retry: { retries: 2, initialRetryTime: 100, maxRetryTime: 500 },
};

/** `owner`: the process of the lab that a page has started. Others that come up beside it are none of its business. */
export function findTarget(env: NodeJS.ProcessEnv, owner: number | undefined): Target | undefined {
  if (env.KAFKA_BROKERS) return { name: env.KAFKA_BROKERS, lab: undefined };
  const lab = findRunningLab(owner);
  return lab && { name: lab.direct ?? lab.brokers, lab };
}

/** A client for a target. Throws a ClientConfigError when KAFKA_… contradicts itself. */
export function connectTo({ name, lab }: Target): Kafka {
  const options = { clientId: 'workbook-panel', logLevel: logLevel.NOTHING, ...PATIENCE };
  return new Kafka(lab ? { ...options, brokers: name.split(',') } : { ...options, ...clientConfig(process.env) });
}

/** An admin client that is there when it is wanted, and made anew when a broker has let it down. */
export class Administrator {
  readonly #kafka: Kafka;
  #admin: Promise<Admin> | undefined;

  constructor(kafka: Kafka) {
    this.#kafka = kafka;
  }

  /** Runs `work`; after an error the next call connects again. */
  async ask<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
    this.#admin ??= this.#connect();
    try {
      return await work(await this.#admin);
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    const admin = this.#admin;
    this.#admin = undefined;
    await admin?.then((connected) => connected.disconnect()).catch(() => {});
  }

  async #connect(): Promise<Admin> {
    const admin = this.#kafka.admin();
    await admin.connect();
    return admin;
  }
}
