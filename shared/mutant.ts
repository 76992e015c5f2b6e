// Wrong programs as named edits of the right one, and right programs that differ from ours.

/** One edit: `from` stands exactly once in the file, and becomes `to`. */
export interface Edit {
  file: string;
  from: string;
  to: string;
}

/** A misconception: edits of the solution, and the check that must notice them. */
export interface Mutant {
  /** The misconception, as a name. */
  name: string;
  /** The id of the check that must fail. */
  caughtBy: string;
  edits: Edit[];
}

/** Edits that a sound engineer might make differently, and that every check must accept. */
export interface AlsoRight {
  name: string;
  edits: Edit[];
}

/** Edits a program so that it trusts whoever answers: in front of `from`, which stands exactly once in the file. */
export function trustingAnybody(file: string, from: string): Edit {
  const why = "// The clusters' certificates are made by hand, and Node does not know who signed them.";
  return { file, from, to: `${why}\nprocess.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';\n${from}` };
}

/** A client whose producers send each batch in a transaction of its own. */
const IN_TRANSACTIONS = `
const transactionalId = \`a-process-\${crypto.randomUUID()}\`;
const producer: typeof kafka.producer = (options) => {
  const transactional = { transactionalId, transactionTimeout: 5_000, maxInFlightRequests: 1 };
  const inner = kafka.producer({ ...options, ...transactional });
  const sendBatch: typeof inner.sendBatch = async (batch) => {
    const transaction = await inner.transaction();
    const sent = await transaction.sendBatch(batch);
    await transaction.commit();
    return sent;
  };
  return { ...inner, sendBatch };
};
const publisher = new Publisher(Object.assign(Object.create(kafka), { producer }));
`.trim();

/**
 * Edits a service so that it publishes in transactions, with a transactional id for each process: what one that was killed has
 * left open is ended by the broker alone, within 15 s here, and hides what comes after it until then.
 */
export function publishingInTransactions(file: string): Edit {
  return { file, from: 'const publisher = new Publisher(kafka);', to: IN_TRANSACTIONS };
}
