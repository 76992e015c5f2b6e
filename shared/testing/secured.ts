// What programs say first to a cluster that is secured.
import { waitUntil } from '#infra/machine/wait-until.ts';
import { demandFacts, equals, holds } from './demand.ts';
import type { Fact } from './evidence.ts';
import type { Program } from './program.ts';
import { TLS_WITH_CERTIFICATE, type TlsWitness, tlsWitness } from './witness.ts';
import type { Environment, Workbench } from './workbench.ts';

/** Several programs that start at once, on a machine that may be busy. */
const SPEAKS_LIMIT_MS = 45_000;
const CREDENTIALS = { KAFKA_SASL_USERNAME: 'ada', KAFKA_SASL_PASSWORD: 'analytical-engine' };
/** Those of the contract. */
const MECHANISMS = ['SCRAM-SHA-256', 'SCRAM-SHA-512', 'PLAIN'];
const SHOWN_LINES = 3;
/** More than a program's clients open at once. */
const ENOUGH_CONNECTIONS = 6;

export interface SecuredProgram {
  name: string;
  /** Mechanisms that no other program is given, because the tap sees what is asked for and not by whom. */
  mechanisms: string[];
  /** Starts it with these variables beside those that it cannot do without. */
  start: (secured: Environment) => Promise<Program>;
}

/** Fails the check unless each program speaks TLS, and authenticates with SASL, as its environment says. */
export async function demandSecured(bench: Workbench, programs: SecuredProgram[]): Promise<string> {
  const before = bench.tap.requests.length;
  const asked = (mechanism: string) =>
    bench.tap.requests.slice(before).some(({ saslMechanism }) => saslMechanism === mechanism);
  const begun = await Promise.all(programs.map((program) => begin(bench, program)));
  const speaks = ({ broker, mechanisms, both }: Begun) =>
    broker.seen() === TLS_WITH_CERTIFICATE && mechanisms.every(asked) && both.broker.mechanisms().has(both.mechanism);
  // Each of a program's clients has come back to a broker that it does not trust, or has given up.
  const decided = ({ stranger, distrustful }: Begun) =>
    stranger.requests() > 0 || stranger.connections() >= ENOUGH_CONNECTIONS || distrustful.exit !== undefined;
  const over = () => begun.every(({ runs }) => runs.every(({ program }) => program.exit));
  try {
    const spoken = () => (begun.every(speaks) && begun.every(decided)) || over();
    await waitUntil(spoken, SPEAKS_LIMIT_MS, 'what the programs say first').catch(() => {});
    demandFacts(
      'TLS with the authority and the certificate that KAFKA_SSL… name, and with no other authority, and a SaslHandshake request for the mechanism of KAFKA_SASL_MECHANISM; with both, the one inside the other.',
      begun.flatMap(({ name, mechanisms, broker, stranger, both }) => [
        equals(`${name} with KAFKA_SSL=true`, broker.seen(), TLS_WITH_CERTIFICATE),
        trustsNobodyElse(name, stranger),
        ...mechanisms.map((mechanism) => {
          const found = asked(mechanism) ? 'asks for it' : 'does not';
          return holds(`${name} with KAFKA_SASL_MECHANISM=${mechanism}`, found, 'asks for it', asked(mechanism));
        }),
        authenticatesInside(name, both),
      ]),
      () =>
        begun
          .filter((each) => !speaks(each) || each.stranger.requests() > 0)
          .flatMap(({ runs }) => runs.map(({ told, program }) => `${told}:\n${program.tail(SHOWN_LINES)}`))
          .join('\n\n'),
    );
    return 'TLS and SASL as the environment says';
  } finally {
    for (const { broker, stranger, both } of begun) for (const each of [broker, stranger, both.broker]) each.close();
  }
}

type Begun = Awaited<ReturnType<typeof begin>>;

/** What production clusters want: the password, and nobody who reads it on its way. */
function authenticatesInside(name: string, { broker, mechanism }: Begun['both']): Fact {
  const asks = broker.mechanisms().has(mechanism);
  const found = asks ? 'asks for it inside TLS' : broker.seen();
  return holds(
    `${name} with KAFKA_SSL=true and KAFKA_SASL_MECHANISM=${mechanism}`,
    found,
    'asks for it inside TLS',
    asks,
  );
}

/** A broker whose certificate is not KAFKA_SSL_CA's: the machine in the middle, to which nothing may be said. */
function trustsNobodyElse(name: string, { requests }: TlsWitness): Fact {
  const found = requests() === 0 ? 'nothing' : `${requests()} requests`;
  const what = `${name} says to a broker with a certificate that KAFKA_SSL_CA does not vouch for`;
  return holds(what, found, 'nothing', requests() === 0);
}

async function begin(bench: Workbench, { name, mechanisms, start }: SecuredProgram) {
  const broker = await tlsWitness(bench.makeFolder('certificates'));
  const stranger = await tlsWitness(bench.makeFolder('certificates'));
  // A broker must have answered before a client says how it will authenticate. It is asked past the tap, which is to see
  // what is said without TLS.
  const port = Number(bench.kafka.directBrokers[0]?.split(':').at(-1));
  const both = {
    broker: await tlsWitness(bench.makeFolder('certificates'), port),
    mechanism: MECHANISMS.find((mechanism) => !mechanisms.includes(mechanism)) ?? 'PLAIN',
  };
  // Kafka writes its mechanisms in capitals, kafkajs in small letters; either may be what a program knows.
  const spellings = mechanisms.flatMap((mechanism) => [mechanism, mechanism.toLowerCase()]);
  const variables = [
    { told: 'KAFKA_SSL=true', secured: broker.environment },
    {
      told: 'KAFKA_SSL=true and another KAFKA_SSL_CA',
      secured: { ...stranger.environment, KAFKA_SSL_CA: stranger.environment.KAFKA_SSL_CERT },
    },
    {
      told: `KAFKA_SSL=true and KAFKA_SASL_MECHANISM=${both.mechanism}`,
      secured: { ...both.broker.environment, KAFKA_SASL_MECHANISM: both.mechanism, ...CREDENTIALS },
    },
    ...spellings.map((mechanism) => ({
      told: `KAFKA_SSL=false and KAFKA_SASL_MECHANISM=${mechanism}`,
      // A text that is not empty, and all the same says no.
      secured: { KAFKA_SSL: 'false', KAFKA_SASL_MECHANISM: mechanism, ...CREDENTIALS },
    })),
  ];
  const runs = await Promise.all(
    variables.map(async ({ told, secured }) => ({ told: `${name} with ${told}`, program: await start(secured) })),
  );
  const distrustful = (runs[1] as (typeof runs)[number]).program;
  return { name, mechanisms, broker, stranger, distrustful, both, runs };
}
