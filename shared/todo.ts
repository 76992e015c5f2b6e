/** What a starter throws where the learner has yet to write something; its message is the task. */
export class NotDoneYet extends Error {
  override name = 'NotDoneYet';
}

/** Stands in a starter for code that is the learner's to write: `notDoneYet('TODO 2: …')`. */
export function notDoneYet(task: string): never {
  throw new NotDoneYet(task);
}
