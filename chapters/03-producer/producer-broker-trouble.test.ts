// A broker that is frozen or away, beside the checks of producer.test.ts.
import './checks/broker-trouble.ts';
