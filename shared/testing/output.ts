// What a process prints, bounded: a flooding program makes the grader forget what it said before, not run out of memory.

/** Characters. */
const LIMIT = 1_000_000;

export class Output {
  #pieces: string[] = [];
  #length = 0;

  get text(): string {
    return this.#pieces.join('');
  }

  /** A listener for chunks of text that keeps them, and passes whole lines on. */
  taker(onLine?: (line: string) => void): (chunk: string) => void {
    let partial = '';
    return (chunk) => {
      this.#keep(chunk);
      if (!onLine) return;
      const lines = (partial + chunk).split('\n');
      partial = (lines.pop() ?? '').slice(-LIMIT);
      for (const line of lines) onLine(line);
    };
  }

  #keep(chunk: string): void {
    this.#pieces.push(chunk);
    this.#length += chunk.length;
    while (this.#length > LIMIT && this.#pieces.length > 1) this.#length -= this.#pieces.shift()?.length ?? 0;
  }
}
