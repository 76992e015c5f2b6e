// Several replicas, beside the checks of consumers.test.ts.
import './checks/replicas.ts';
