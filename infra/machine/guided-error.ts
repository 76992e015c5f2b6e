/** An error meant for the person at the terminal: `message` is one sentence, `next` the step that gets them on. */
export class GuidedError extends Error {
  override name = 'GuidedError';
  readonly next: string;

  constructor(message: string, next: string, options?: ErrorOptions) {
    super(message, options);
    this.next = next;
  }
}
