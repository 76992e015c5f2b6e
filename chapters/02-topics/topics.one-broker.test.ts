// What a single broker is enough for, beside the checks of topics.test.ts.
import './checks/one-broker.ts';
import './checks/describe.ts';
import './checks/grow.ts';
import './checks/retention.ts';
import './checks/refusals.ts';
