// Orders that are due in several replicas at once, or were never acknowledged, beside the checks of saga.test.ts.
import './checks/overdue.ts';
