// Several replicas, and services that leave while nothing can be published, beside the checks of consumers.test.ts.
import './checks/replicas.ts';
import './checks/refused-leaving.ts';
