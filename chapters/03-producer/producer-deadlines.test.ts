// Orders that wait until their time is over, beside the checks of producer.test.ts.
import './checks/deadlines.ts';
