// A broker that goes away for long, beside the checks of consumers.test.ts.
import './checks/broker-lost.ts';
