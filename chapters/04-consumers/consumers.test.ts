// The grader of chapter 04: each check is a sentence of the contract, judged by what the programs do on a real broker. They
// run in this order, which is the order in which the tasks make them green. Checks that wait for long stand in files of their
// own, beside this one, and run at the same time.
import './checks/start.ts';
import './checks/inventory.ts';
import './checks/letters.ts';
import './checks/notifications.ts';
import './checks/refused.ts';
import './checks/cadence.ts';
import './checks/replay.ts';
