import { expect, test } from 'vitest';
import { GuidedError } from '../machine/guided-error.ts';
import { chooseKafka, type KafkaFacts } from './choose.ts';
import type { KafkaWay } from './kafka.ts';

const plain: KafkaFacts = { allowExternal: true, brokersGiven: false, parts: undefined, java: true, image: false };

test.each<[facts: Partial<KafkaFacts>, way: KafkaWay, reason: RegExp]>([
  [{}, 'embedded', /local JVM/],
  [{ image: true }, 'docker', /image is present/],
  [{ java: false }, 'docker', /no Java/],
  [{ parts: '' }, 'embedded', /Java is present/],
  [{ parts: 'docker' }, 'docker', /WORKBOOK_PARTS=docker/],
  [{ parts: 'embedded', image: true }, 'embedded', /WORKBOOK_PARTS=embedded/],
  [{ parts: 'embedded', java: false }, 'embedded', /WORKBOOK_PARTS=embedded/],
  [{ brokersGiven: true, image: true }, 'external', /KAFKA_BROKERS/],
  [{ brokersGiven: true, parts: 'external' }, 'external', /KAFKA_BROKERS/],
  [{ brokersGiven: true, parts: 'embedded' }, 'embedded', /WORKBOOK_PARTS=embedded/],
  [{ brokersGiven: true, allowExternal: false }, 'embedded', /KAFKA_BROKERS is not used/],
  [{ brokersGiven: true, allowExternal: false, image: true }, 'docker', /KAFKA_BROKERS is not used/],
])('%o means %s', (facts, way, reason) => {
  const choice = chooseKafka({ ...plain, ...facts });
  expect(choice.way).toBe(way);
  expect(choice.reason).toMatch(reason);
});

test.each<[facts: Partial<KafkaFacts>, message: RegExp]>([
  [{ parts: 'podman' }, /none of docker, embedded and external/],
  [{ parts: 'external' }, /KAFKA_BROKERS does not say/],
  [{ parts: 'external', brokersGiven: true, allowExternal: false }, /fresh broker/],
])('%o is refused with a sentence', (facts, message) => {
  expect(() => chooseKafka({ ...plain, ...facts })).toThrow(GuidedError);
  expect(() => chooseKafka({ ...plain, ...facts })).toThrow(message);
});
