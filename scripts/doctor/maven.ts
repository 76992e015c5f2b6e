// Whether Kafka has been fetched, and, where it has not, whether it can be.
import lock from '#infra/kafka/artifacts.lock.json' with { type: 'json' };
import { type LockedArtifact, missingArtifacts } from '#infra/maven/artifacts.ts';
import { probeRepositories, type RepositoryProbe } from '#infra/maven/probe.ts';
import { attention, type Finding, fine, trouble } from './finding.ts';
import { megabytes } from './machine.ts';

const LIMIT_MS = 3_000;
const CERTIFICATES = /CERT|SIGNATURE|ISSUER/;

export interface Artifacts {
  missing: number;
  missingBytes: number;
  total: number;
  /** Which repository can give the missing ones; only asked where there are any. */
  repository: RepositoryProbe | undefined;
}

export async function examineArtifacts(): Promise<Artifacts> {
  const all = lock as LockedArtifact[];
  const missing = missingArtifacts(all);
  const [first] = missing;
  return {
    missing: missing.length,
    missingBytes: missing.reduce((sum, { size }) => sum + size, 0),
    total: all.length,
    repository: first && (await probeRepositories(first, LIMIT_MS)),
  };
}

export function lookAtArtifacts({ missing, missingBytes, total, repository }: Artifacts): Finding {
  if (!repository) return fine('Kafka jars', `all ${total} are here`);
  const which = missing === total ? 'not fetched yet' : `${missing} of ${total} are missing`;
  return fine('Kafka jars', `${which}; the first lab fetches ${megabytes(missingBytes)}; now: npm run doctor -- --fix`);
}

/** Nothing where Kafka is here already. `needed`: Kafka is to run in a local JVM. */
export function lookAtRepository({ repository }: Artifacts, needed: boolean): Finding[] {
  if (!repository) return [];
  const { HTTPS_PROXY, https_proxy } = process.env;
  const proxy = HTTPS_PROXY || https_proxy ? ', through the proxy of HTTPS_PROXY' : '';
  if (repository.reachable) return [fine('repository', `${repository.host} answers${proxy}`)];
  const text = `no Maven repository gives Kafka: ${repository.why}${proxy}`;
  const command = CERTIFICATES.test(repository.why)
    ? 'export NODE_EXTRA_CA_CERTS=/the/certificate/of/your/company.pem'
    : proxy
      ? 'unset HTTPS_PROXY https_proxy'
      : 'export WORKBOOK_MAVEN_REPO=https://a.repository.you/can/reach/';
  return [(needed ? trouble : attention)('repository', text, command)];
}
