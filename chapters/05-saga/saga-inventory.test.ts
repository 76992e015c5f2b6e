// What customers hear of their orders, and what becomes of reserved stock, beside the checks of saga.test.ts. The mails come
// first: later there would be hundreds to send before the ones that are judged.
import './checks/telling.ts';
import './checks/compensation.ts';
import './checks/secured.ts';
