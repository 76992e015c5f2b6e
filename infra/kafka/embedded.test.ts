import fs from 'node:fs';
import { kafkaContract } from './contract.ts';
import { attachEmbedded, startEmbedded } from './embedded.ts';

kafkaContract({
  name: 'Kafka in a local JVM',
  start: startEmbedded,
  attach: attachEmbedded,
  leftovers: ({ nodes }) => nodes.map(({ place }) => place).filter((place) => fs.existsSync(place)),
  gaps: [],
});
