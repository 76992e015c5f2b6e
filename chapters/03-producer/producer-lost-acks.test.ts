// Acknowledgements that are late or lost, beside the checks of producer.test.ts.
import './checks/lost-acks.ts';
