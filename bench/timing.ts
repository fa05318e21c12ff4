/** Medians of alternating runs: what is compared runs in the same seconds. */

export interface Timed {
  readonly name: string;
  readonly run: () => void;
}

/** Median microseconds of a call of each, measured in turn over `rounds` rounds of at least `milliseconds` each. */
export function compare(items: readonly Timed[], rounds = 15, milliseconds = 20): Map<string, number> {
  const repeats = new Map<string, number>();
  for (const { name, run } of items) {
    for (let i = 0, end = performance.now() + 300; i < 3 || performance.now() < end; i++) run();
    let count = 1;
    for (;;) {
      const start = performance.now();
      for (let i = 0; i < count; i++) run();
      const spent = performance.now() - start;
      if (spent > milliseconds) break;
      count = Math.max(count + 1, Math.ceil((count * milliseconds) / Math.max(spent, 0.01)));
    }
    repeats.set(name, count);
  }
  const samples = new Map<string, number[]>(items.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const { name, run } of items) {
      const count = repeats.get(name)!;
      const start = performance.now();
      for (let i = 0; i < count; i++) run();
      samples.get(name)!.push(((performance.now() - start) * 1000) / count);
    }
  }
  return new Map([...samples].map(([name, list]) => [name, list.sort((a, b) => a - b)[list.length >> 1]!]));
}

export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i]! - b[i]!) / (1 + Math.abs(b[i]!)));
  return largest;
}
