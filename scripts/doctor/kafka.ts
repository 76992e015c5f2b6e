// How Kafka will be had, why, and whether that works: what the other findings come to.
import { chooseKafka } from '#infra/kafka/choose.ts';
import type { KafkaWay } from '#infra/kafka/kafka.ts';
import { GuidedError } from '#infra/machine/guided-error.ts';
import type { Docker } from './docker.ts';
import { type Finding, fine, trouble } from './finding.ts';
import type { Artifacts } from './maven.ts';

export interface KafkaOutlook {
  finding: Finding;
  /** The way that graders use; none when WORKBOOK_PARTS asks for what cannot be. */
  way: KafkaWay | undefined;
  works: boolean;
}

export function expectKafka(java: boolean, docker: Docker, artifacts: Artifacts, env: NodeJS.ProcessEnv): KafkaOutlook {
  const works = {
    embedded: java && (artifacts.repository === undefined || artifacts.repository.reachable),
    docker: docker.answers,
    external: true,
  };
  try {
    const { way, reason } = chooseKafka({
      allowExternal: false,
      brokersGiven: Boolean(env.KAFKA_BROKERS),
      parts: env.WORKBOOK_PARTS,
      java,
      image: docker.answers && docker.image,
    });
    if (works[way]) return { way, works: true, finding: fine('Kafka', reason) };
    const other = way === 'docker' ? 'embedded' : 'docker';
    return { way, works: false, finding: impossible(java, works[other] ? other : undefined, reason, env) };
  } catch (error) {
    if (!(error instanceof GuidedError)) throw error;
    const finding = trouble('Kafka', error.message.replace(/\.$/, ''), 'unset WORKBOOK_PARTS');
    return { way: undefined, works: false, finding };
  }
}

function impossible(java: boolean, other: KafkaWay | undefined, reason: string, env: NodeJS.ProcessEnv): Finding {
  const [asked, text] = [Boolean(env.WORKBOOK_PARTS), `${reason}, which does not work here`];
  if (other) return trouble('Kafka', `${text}; the other way does`, `export WORKBOOK_PARTS=${other}`);
  if (asked) return trouble('Kafka', `${text}; mend what is above, or leave the choice open`, 'unset WORKBOOK_PARTS');
  const neither = 'there is neither a Java for it nor a Docker engine, and either is enough';
  if (java) return trouble('Kafka', `${text}; mend what is above, then`, 'npm run doctor');
  return trouble('Kafka', `${neither}; mend what is above, or have a Java fetched`, 'npm run doctor -- --fix');
}
