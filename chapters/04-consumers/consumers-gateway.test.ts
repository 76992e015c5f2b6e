// A notification service whose gateway is unwell, beside the checks of consumers.test.ts.
import './checks/gateway.ts';
import './checks/gateway-patience.ts';
