import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

/** Seeded uniform numbers in [0, 1) for tests. */
export function uniformOf(seed: number): () => number {
  const generator = xoroshiro128plus(seed);
  return () => (generator.next() >>> 0) / 4294967296;
}

/** Seeded standard normal numbers for tests (Box-Muller). */
export function normalOf(seed: number): () => number {
  const uniform = uniformOf(seed);
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}
