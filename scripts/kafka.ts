// npm run kafka: topics, and records by hand, on the lab that is up or on the cluster of KAFKA_BROKERS.
import { kafkaTool } from './kafka-tool/tool.ts';
import { verb } from './terminal.ts';

await verb(() => kafkaTool(process.argv.slice(2)));
