// A gateway that gives no answer and a broker that goes away for long, beside the checks of consumers.test.ts.
import './checks/silence.ts';
import './checks/broker-lost.ts';
