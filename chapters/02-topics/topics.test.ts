// The grader of chapter 02: each check is a sentence of the contract, judged by what `topics` does to a real cluster of three
// brokers. They run in this order, which is the order in which the tasks make them green.
import './checks/start.ts';
import './checks/create.ts';
import './checks/replication.ts';
import './checks/interrupted.ts';
import './checks/again.ts';
import './checks/broker-away.ts';
