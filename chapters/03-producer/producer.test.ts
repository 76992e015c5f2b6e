// The grader of chapter 03: each check is a sentence of the contract, judged by what the order service does on a real
// broker. They run in this order, which is the order in which the tasks make them green.
import './checks/start.ts';
import './checks/answers.ts';
import './checks/records.ts';
import './checks/validation.ts';
import './checks/batch.ts';
import './checks/wire.ts';
import './checks/lost-acks.ts';
import './checks/broker-trouble.ts';
import './checks/shutdown.ts';
