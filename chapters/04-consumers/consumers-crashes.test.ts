// Services that are killed, frozen and stopped, and what else takes its time, beside the checks of consumers.test.ts. The
// notification service comes first: later it would begin with everything that the inventory has published.
import './checks/gateway-crashes.ts';
import './checks/crashes.ts';
import './checks/shutdown.ts';
import './checks/secured.ts';
import './checks/replay-late.ts';
