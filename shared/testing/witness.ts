// Ports in the place of a broker: they tell who connects, and how they begin.
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import tls from 'node:tls';
import { decodeHeader, decodeSaslMechanism } from './tap/decode.ts';
import { framesOf, toWire } from './tap/frames.ts';
import type { Environment } from './workbench.ts';

const CERTIFICATES = path.join(import.meta.dirname, 'certificates');

export interface Witness {
  port: number;
  connections: () => number;
  close: () => void;
}

/** Counts connections, and cuts them. */
export async function witness(): Promise<Witness> {
  let connections = 0;
  const server = net.createServer((socket) => {
    connections++;
    socket.destroy();
  });
  return { port: await listening(server), connections: () => connections, close: () => server.close() };
}

export interface TlsWitness extends Witness {
  /** What a program is given to find this port and to be let in. */
  environment: Environment;
  /** How far a program has got: the furthest of all its connections. */
  seen: () => string;
  /** How many requests were sent inside TLS. */
  requests: () => number;
  /** The SASL mechanisms that were asked for inside TLS. */
  mechanisms: () => ReadonlySet<string>;
}

export const TLS_WITH_CERTIFICATE = 'TLS, with the certificate of KAFKA_SSL_CERT';
const STAGES = ['no connection', 'a connection without TLS, or one that was broken off', 'TLS, without KAFKA_SSL_CERT'];
const CLIENT = 'client';

/**
 * Speaks TLS with a certificate that only KAFKA_SSL_CA vouches for, and asks for the client's. `folder` holds their files. What
 * comes first is read, and goes no further; with `forward` everything goes on to a broker's port, which answers.
 */
export async function tlsWitness(folder: string, forward?: number): Promise<TlsWitness> {
  let connections = 0;
  let requests = 0;
  let stage = 0;
  const mechanisms = new Set<string>();
  const reached = (next: number) => {
    stage = Math.max(stage, next);
  };
  const server = tls.createServer({
    key: read('broker.key.pem'),
    cert: read('broker.pem'),
    ca: read('client.pem'),
    requestCert: true,
    rejectUnauthorized: false,
  });
  server.on('connection', () => {
    connections++;
    reached(1);
  });
  server.on('tlsClientError', () => {});
  server.on('secureConnection', (socket) => {
    socket.on('error', () => {});
    // With TLS 1.3 a client that does not trust the certificate says so after the handshake, and sends nothing else.
    void carry(socket, forward, (frame) => {
      requests++;
      reached(socket.getPeerCertificate()?.subject?.CN === CLIENT ? 3 : 2);
      const mechanism = decodeSaslMechanism(frame, decodeHeader(frame));
      if (mechanism !== undefined) mechanisms.add(mechanism);
    });
  });
  const port = await listening(server);
  // A program that strangers have written runs as another user.
  fs.chmodSync(folder, 0o755);
  const environment = {
    KAFKA_BROKERS: `127.0.0.1:${port}`,
    KAFKA_SSL: 'true',
    KAFKA_SSL_CA: copied('broker.pem', folder),
    KAFKA_SSL_CERT: copied('client.pem', folder),
    KAFKA_SSL_KEY: copied('client.key.pem', folder),
  };
  const seen = () => STAGES[stage] ?? TLS_WITH_CERTIFICATE;
  const told = { connections: () => connections, requests: () => requests, mechanisms: () => mechanisms, seen };
  return { port, environment, ...told, close: () => server.close() };
}

/** Shows the requests of a connection, and passes them on where there is a port for them; ends both with either. */
async function carry(socket: tls.TLSSocket, forward: number | undefined, show: (frame: Buffer) => void): Promise<void> {
  const broker = forward === undefined ? undefined : net.connect(forward, '127.0.0.1');
  broker?.on('error', () => {});
  broker?.on('close', () => socket.destroy());
  broker?.pipe(socket);
  try {
    for await (const frame of framesOf(socket)) {
      show(frame);
      if (!broker) break;
      broker.write(toWire(frame));
    }
  } catch {
    // What is no request of Kafka's is nothing that a program has said.
  } finally {
    socket.destroy();
    broker?.destroy();
  }
}

function read(name: string): Buffer {
  return fs.readFileSync(path.join(CERTIFICATES, name));
}

/** Where a program that may read nothing of the workbook can read it. */
function copied(name: string, folder: string): string {
  const copy = path.join(folder, name);
  fs.writeFileSync(copy, read(name), { mode: 0o644 });
  return copy;
}

async function listening(server: net.Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as net.AddressInfo).port;
}
