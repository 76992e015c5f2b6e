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
