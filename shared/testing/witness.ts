// Ports in the place of a broker: they tell who connects, and how they begin, and answer nothing.
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import tls from 'node:tls';
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
}

export const TLS_WITH_CERTIFICATE = 'TLS, with the certificate of KAFKA_SSL_CERT';
const STAGES = ['no connection', 'a connection without TLS, or one that was broken off', 'TLS, without KAFKA_SSL_CERT'];
const CLIENT = 'client';

/** Speaks TLS with a certificate that only KAFKA_SSL_CA vouches for, and asks for the client's. `folder` holds their files. */
export async function tlsWitness(folder: string): Promise<TlsWitness> {
  let connections = 0;
  let stage = 0;
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
    socket.once('data', () => {
      reached(socket.getPeerCertificate()?.subject?.CN === CLIENT ? 3 : 2);
      socket.destroy();
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
  return { port, environment, connections: () => connections, seen, close: () => server.close() };
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
