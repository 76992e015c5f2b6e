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
