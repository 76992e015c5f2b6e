// Services that are killed, frozen and stopped, beside the checks of consumers.test.ts.
import './checks/crashes.ts';
import './checks/shutdown.ts';
import './checks/gateway-crashes.ts';
