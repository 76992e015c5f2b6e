// The grader of chapter 03: each check is a sentence of the contract, judged by what the order service does on a real
// broker. They run in this order, which is the order in which the tasks make them green. Checks that wait for long stand in
// files of their own, beside this one, and run at the same time.
import './checks/start.ts';
import './checks/answers.ts';
import './checks/records.ts';
import './checks/validation.ts';
import './checks/batch.ts';
import './checks/wire.ts';
import './checks/shutdown.ts';
