/** Takes the oldest entries out of a list that has become twice as long as what is to be kept: now and then, and not each time. */
export function forgetOldest(list: unknown[], keep: number): void {
  if (list.length > 2 * keep) list.splice(0, list.length - keep);
}
