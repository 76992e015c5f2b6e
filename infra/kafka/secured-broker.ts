// For tests: a broker of ours that plays somebody else's, reachable only over TLS and with a password.
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import type { KafkaOptions } from './kafka.ts';

export const USERNAME = 'ada';
export const PASSWORD = 'analytical-engine';

/** What makes the CLIENT listener speak TLS with a certificate of its own, and ask for SASL PLAIN credentials. */
export function securedListener(keystore: string): KafkaOptions['properties'] {
  const login = 'org.apache.kafka.common.security.plain.PlainLoginModule';
  return {
    'listener.security.protocol.map': 'CLIENT:SASL_SSL,DIRECT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'listener.name.client.sasl.enabled.mechanisms': 'PLAIN',
    'listener.name.client.plain.sasl.jaas.config': `${login} required user_${USERNAME}="${PASSWORD}";`,
    'listener.name.client.ssl.keystore.type': 'PKCS12',
    'listener.name.client.ssl.keystore.location': keystore,
    'listener.name.client.ssl.keystore.password': PASSWORD,
  };
}

/** Makes a self-signed certificate for 127.0.0.1 with Java's keytool; returns the key store and the certificate as PEM. */
export function makeCertificate(folder: string): { keystore: string; pem: string } {
  const keystore = path.join(folder, 'broker.p12');
  const pem = path.join(folder, 'broker.pem');
  const store = ['-alias', 'broker', '-keystore', keystore, '-storepass', PASSWORD, '-storetype', 'PKCS12'];
  const subject = ['-dname', 'CN=broker', '-ext', 'SAN=ip:127.0.0.1', '-keyalg', 'EC', '-validity', '2'];
  execFileSync('keytool', ['-genkeypair', ...store, ...subject], { stdio: 'pipe' });
  execFileSync('keytool', ['-exportcert', '-rfc', '-file', pem, ...store], { stdio: 'pipe' });
  return { keystore, pem };
}
