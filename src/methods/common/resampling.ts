import type { RandomStream } from "../../engine/random/index.ts";

/** How particles are chosen by their weights. */
export type Resampling = "systematic" | "stratified" | "residual";

/**
 * Numbers of the particles that survive, ascending, one for each of N: each is chosen w_i N times on average. `systematic` with one
 * draw for all, `stratified` with one each; `residual`: the whole parts of w_i N for certain, the rest by independent draws. O(N).
 * @param weights sum 1
 * @see [Kitagawa1996] [DoucCappe2005]
 */
export function resample(weights: Float64Array, kind: Resampling, stream: RandomStream): Int32Array {
  const N = weights.length;
  if (kind === "residual") return residual(weights, stream);
  const shared = stream.uniform();
  const points = Float64Array.from(
    { length: N },
    (_, i) => (i + (kind === "systematic" ? shared : stream.uniform())) / N,
  );
  return choose(weights, points);
}

function residual(weights: Float64Array, stream: RandomStream): Int32Array {
  const N = weights.length;
  // A weight that is a whole number of Nths but for rounding counts as one.
  const certain = weights.map((weight) => Math.floor(weight * N + 1e-12));
  const rest = weights.map((weight, i) => Math.max(0, weight * N - certain[i]!));
  const open = N - certain.reduce((sum, count) => sum + count, 0);
  const out: number[] = [];
  certain.forEach((count, i) => {
    for (let copy = 0; copy < count; copy++) out.push(i);
  });
  const total = rest.reduce((sum, value) => sum + value, 0);
  if (open > 0) {
    const points = Float64Array.from({ length: open }, () => stream.uniform()).sort();
    out.push(
      ...choose(
        rest.map((value) => value / total),
        points,
      ),
    );
  }
  return Int32Array.from(out).sort();
}

/** The particle in whose part of the cumulated weights each point lies; points ascend. */
function choose(weights: Float64Array, points: Float64Array): Int32Array {
  const last = weights.findLastIndex((weight) => weight > 0);
  let [i, sum] = [0, weights[0]!];
  return Int32Array.from(points, (point) => {
    while (point >= sum && i < last) sum += weights[++i]!;
    return i;
  });
}
