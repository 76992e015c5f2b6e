// How a program finds its Kafka: the KAFKA_* environment variables, turned into the first argument of `new Kafka(…)`.
import fs from 'node:fs';
import type { KafkaConfig, SASLOptions } from 'kafkajs';

/** What the environment decides about a client; everything else is the program's own choice. */
export interface ClientConfig extends Pick<KafkaConfig, 'ssl' | 'sasl'> {
  brokers: string[];
}

/** A variable that is missing or makes no sense; the message starts with its name. */
export class ClientConfigError extends Error {
  override name = 'ClientConfigError';
  readonly variable: string;

  constructor(variable: string, problem: string) {
    super(`${variable} ${problem}`);
    this.variable = variable;
  }
}

/** Every variable that `clientConfig` reads. */
export const CLIENT_VARIABLES = [
  'KAFKA_BROKERS',
  'KAFKA_SSL',
  'KAFKA_SSL_CA',
  'KAFKA_SSL_CERT',
  'KAFKA_SSL_KEY',
  'KAFKA_SASL_MECHANISM',
  'KAFKA_SASL_USERNAME',
  'KAFKA_SASL_PASSWORD',
] as const;

type Variable = (typeof CLIENT_VARIABLES)[number];
type Environment = Record<string, string | undefined>;

/**
 * Reads the addresses and credentials of a Kafka cluster from the environment:
 *
 *     new Kafka({ clientId: 'order-service', ...clientConfig(process.env) })
 *
 * Throws a ClientConfigError when a variable is missing or malformed.
 */
export function clientConfig(env: Environment): ClientConfig {
  const ssl = sslFrom(env);
  const sasl = saslFrom(env);
  return { brokers: brokersFrom(env), ...(ssl && { ssl }), ...(sasl && { sasl }) };
}

function brokersFrom(env: Environment): string[] {
  const list = required(env, 'KAFKA_BROKERS', 'a list such as localhost:9092,localhost:9093');
  const brokers = list.split(',').map((broker) => broker.trim());
  for (const broker of brokers) {
    const port = Number(/^[^\s:/]+:(\d{1,5})$/.exec(broker)?.[1]);
    if (Number.isNaN(port)) {
      throw new ClientConfigError(
        'KAFKA_BROKERS',
        `must list host:port pairs separated by commas; "${broker}" is none.`,
      );
    }
    if (port < 1 || port > 65_535) {
      throw new ClientConfigError('KAFKA_BROKERS', `has a port outside 1 to 65535: "${broker}".`);
    }
  }
  return brokers;
}

function sslFrom(env: Environment): KafkaConfig['ssl'] {
  const value = optional(env, 'KAFKA_SSL')?.toLowerCase() ?? 'false';
  if (value !== 'true' && value !== 'false') {
    throw new ClientConfigError('KAFKA_SSL', `must be true or false; it is "${env.KAFKA_SSL}".`);
  }
  const [ca, cert, key] = (['KAFKA_SSL_CA', 'KAFKA_SSL_CERT', 'KAFKA_SSL_KEY'] as const).map((variable) => {
    if (optional(env, variable) === undefined) return undefined;
    if (value === 'true') return readPem(env, variable);
    throw new ClientConfigError(variable, 'is set, but KAFKA_SSL is not true: without TLS it has no effect.');
  });
  if (cert && !key) throw new ClientConfigError('KAFKA_SSL_KEY', 'is missing: a client certificate needs its key.');
  if (key && !cert) throw new ClientConfigError('KAFKA_SSL_CERT', 'is missing: a client key needs its certificate.');
  if (value === 'false') return undefined;
  return ca || cert ? { ...(ca && { ca }), ...(cert && { cert, key }) } : true;
}

function saslFrom(env: Environment): SASLOptions | undefined {
  const mechanism = optional(env, 'KAFKA_SASL_MECHANISM')?.toLowerCase();
  if (mechanism === undefined) {
    const stray = (['KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD'] as const).find((name) => optional(env, name));
    if (!stray) return undefined;
    throw new ClientConfigError('KAFKA_SASL_MECHANISM', `is missing, although ${stray} is set.`);
  }
  if (mechanism !== 'plain' && mechanism !== 'scram-sha-256' && mechanism !== 'scram-sha-512') {
    const given = env.KAFKA_SASL_MECHANISM;
    throw new ClientConfigError(
      'KAFKA_SASL_MECHANISM',
      `must be plain, scram-sha-256 or scram-sha-512; it is "${given}".`,
    );
  }
  const username = required(env, 'KAFKA_SASL_USERNAME', `a user, because KAFKA_SASL_MECHANISM is ${mechanism}`);
  const password = required(env, 'KAFKA_SASL_PASSWORD', `a password, because KAFKA_SASL_MECHANISM is ${mechanism}`);
  // One object per mechanism: kafkajs tells their types apart by this literal.
  if (mechanism === 'plain') return { mechanism, username, password };
  if (mechanism === 'scram-sha-256') return { mechanism, username, password };
  return { mechanism, username, password };
}

function readPem(env: Environment, variable: Variable): string {
  const file = optional(env, variable) ?? '';
  let text: string;
  try {
    text = fs.readFileSync(file, 'utf8');
  } catch (error) {
    throw new ClientConfigError(variable, `names a file that cannot be read: ${(error as Error).message}.`);
  }
  if (!text.includes('-----BEGIN ')) throw new ClientConfigError(variable, `names ${file}, which is no PEM file.`);
  return text;
}

function required(env: Environment, variable: Variable, expected: string): string {
  const value = optional(env, variable);
  if (value === undefined) throw new ClientConfigError(variable, `is not set; it must hold ${expected}.`);
  return value;
}

/** An empty variable counts as none: that is what compose files and shells leave behind. */
function optional(env: Environment, variable: Variable): string | undefined {
  return env[variable]?.trim() || undefined;
}
