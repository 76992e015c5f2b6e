/** What a starter throws where the learner has yet to write something; its message is the task. */
export class NotDoneYet extends Error {
  override name = 'NotDoneYet';
}

/** Begins the line on stderr that tells the lab and the grader which task is next. */
export const NOT_DONE_YET = 'not done yet: ';

/** Stands in a starter for code that is the learner's to write: `notDoneYet('TODO 2: …')`. */
export function notDoneYet(task: string): never {
  console.error(`${NOT_DONE_YET}${task}`);
  throw new NotDoneYet(task);
}
