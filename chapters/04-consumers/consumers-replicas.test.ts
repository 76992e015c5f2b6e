// Several replicas, and a broker that goes away, beside the checks of consumers.test.ts.
import './checks/replicas.ts';
import './checks/broker-lost.ts';
