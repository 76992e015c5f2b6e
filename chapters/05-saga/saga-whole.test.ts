// All three services together, in peace and in trouble, beside the checks of saga.test.ts.
import './checks/whole.ts';
