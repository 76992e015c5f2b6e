// An order service that is killed and doubled, beside the checks of saga.test.ts.
import './checks/dual-writes.ts';
