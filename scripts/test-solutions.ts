// Every solution by its own grader: the half of `npm test` that depends on how Kafka is had.
import { verb } from './terminal.ts';
import { testSolutions } from './test-everything.ts';

await verb(testSolutions);
