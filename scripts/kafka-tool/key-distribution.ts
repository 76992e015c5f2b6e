// Which of N keys a record gets: evenly, or as in life, where a few are had by most.

export const DISTRIBUTIONS = ['even', 'zipf', 'one'] as const;
export type Distribution = (typeof DISTRIBUTIONS)[number];

/**
 * Returns a function that draws a key's number, from 0 to `keys` - 1. `zipf`: the key of rank r is drawn in proportion to 1/r;
 * `one`: always the same. `random` gives numbers from 0 up to 1.
 */
export function keyPicker(keys: number, distribution: Distribution, random: () => number): () => number {
  switch (distribution) {
    case 'even':
      return () => Math.floor(random() * keys);
    case 'one':
      return () => 0;
    case 'zipf': {
      const limits = runningSums(Array.from({ length: keys }, (_, rank) => 1 / (rank + 1)));
      const whole = limits.at(-1) ?? 0;
      return () => firstAbove(limits, random() * whole);
    }
  }
}

function runningSums(weights: number[]): number[] {
  let sum = 0;
  return weights.map((weight) => {
    sum += weight;
    return sum;
  });
}

/** The place of the first limit that is greater than the value. */
function firstAbove(limits: number[], value: number): number {
  let [low, high] = [0, limits.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((limits[middle] ?? 0) > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
