// Orders that are due in two replicas at once or were never acknowledged, and a broker that comes late, beside the checks of
// saga.test.ts.
import './checks/overdue.ts';
import './checks/late-broker.ts';
