import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { ClientConfigError, clientConfig } from './client-config.ts';

const brokers = { KAFKA_BROKERS: 'localhost:9092' };
const user = { KAFKA_SASL_USERNAME: 'ada', KAFKA_SASL_PASSWORD: 'secret' };

test('brokers are split at commas, spaces around them do not matter', () => {
  expect(clientConfig({ KAFKA_BROKERS: 'a:9092, b:9093 ' })).toEqual({ brokers: ['a:9092', 'b:9093'] });
});

test.each(['plain', 'PLAIN', 'SCRAM-SHA-256', 'Scram-Sha-512'])('%s is a SASL mechanism', (mechanism) => {
  expect(clientConfig({ ...brokers, ...user, KAFKA_SASL_MECHANISM: mechanism })).toEqual({
    brokers: ['localhost:9092'],
    sasl: { mechanism: mechanism.toLowerCase(), username: 'ada', password: 'secret' },
  });
});

test('TLS trusts the system by default, or the PEM file that KAFKA_SSL_CA names', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'client-config-'));
  const pem = path.join(folder, 'ca.pem');
  fs.writeFileSync(pem, '-----BEGIN CERTIFICATE-----\n');
  expect(clientConfig({ ...brokers, KAFKA_SSL: 'true' })).toEqual({ brokers: ['localhost:9092'], ssl: true });
  expect(clientConfig({ ...brokers, KAFKA_SSL: 'TRUE', KAFKA_SSL_CA: pem }).ssl).toEqual({
    ca: '-----BEGIN CERTIFICATE-----\n',
  });
  fs.rmSync(folder, { recursive: true });
});

test('empty variables count as absent', () => {
  expect(clientConfig({ ...brokers, KAFKA_SSL: '', KAFKA_SASL_MECHANISM: ' ' })).toEqual({
    brokers: ['localhost:9092'],
  });
});

const tls = { ...brokers, KAFKA_SSL: 'true' };
const here = import.meta.filename;

test.each<[variable: string, env: Record<string, string>]>([
  ['KAFKA_BROKERS', {}],
  ['KAFKA_BROKERS', { KAFKA_BROKERS: 'nonsense' }],
  ['KAFKA_BROKERS', { KAFKA_BROKERS: 'http://localhost:9092' }],
  ['KAFKA_BROKERS', { KAFKA_BROKERS: 'a:9092,,b:9092' }],
  ['KAFKA_BROKERS', { KAFKA_BROKERS: 'localhost:0' }],
  ['KAFKA_BROKERS', { KAFKA_BROKERS: 'localhost:65536' }],
  ['KAFKA_SSL', { ...brokers, KAFKA_SSL: 'maybe' }],
  ['KAFKA_SSL_CA', { ...tls, KAFKA_SSL_CA: '/nowhere/ca.pem' }],
  ['KAFKA_SSL_CA', { ...brokers, KAFKA_SSL_CA: here }],
  ['KAFKA_SSL_KEY', { ...tls, KAFKA_SSL_CERT: here }],
  ['KAFKA_SSL_CERT', { ...tls, KAFKA_SSL_KEY: here }],
  ['KAFKA_SASL_MECHANISM', { ...brokers, ...user }],
  ['KAFKA_SASL_MECHANISM', { ...brokers, ...user, KAFKA_SASL_MECHANISM: 'kerberos' }],
  ['KAFKA_SASL_USERNAME', { ...brokers, KAFKA_SASL_MECHANISM: 'plain' }],
  ['KAFKA_SASL_PASSWORD', { ...brokers, KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_USERNAME: 'ada' }],
])('%s is named first when it is wrong: %o', (variable, env) => {
  expect(() => clientConfig(env)).toThrow(ClientConfigError);
  expect(() => clientConfig(env)).toThrow(new RegExp(`^${variable} `));
});
