// What becomes of reserved stock, and what customers hear of it, beside the checks of saga.test.ts.
import './checks/compensation.ts';
import './checks/telling.ts';
