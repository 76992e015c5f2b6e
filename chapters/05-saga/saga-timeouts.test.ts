// An order service whose participants are silent, beside the checks of saga.test.ts.
import './checks/timeouts.ts';
