import { planStockham, type StockhamPlan, stockham } from "./fftStockham.ts";

/** A transform of any length as a convolution with a chirp, done by transforms of a power of two. */
export interface BluesteinPlan {
  readonly n: number;
  readonly forward: StockhamPlan;
  readonly backward: StockhamPlan;
  /** exp(sign·πi·k²/n), k = 0 to n − 1. */
  readonly chirp: Float64Array;
  /** The transform of the conjugate chirp, wrapped around, divided by the length. */
  readonly filter: Float64Array;
  readonly work: Float64Array;
}

/**
 * Prepares {@link bluestein} for length n.
 * @see [Bluestein1970]
 */
export function planBluestein(n: number, sign: -1 | 1): BluesteinPlan {
  let size = 1;
  while (size < 2 * n - 1) size *= 2;
  const chirp = new Float64Array(2 * n);
  const filter = new Float64Array(2 * size);
  // k² is followed modulo 2n, so that the angle stays accurate.
  for (let k = 0, square = 0; k < n; k++) {
    const angle = (Math.PI * square) / n;
    chirp[2 * k] = Math.cos(angle);
    chirp[2 * k + 1] = sign * Math.sin(angle);
    for (const at of [k, (size - k) % size]) {
      filter[2 * at] = chirp[2 * k]! / size;
      filter[2 * at + 1] = -chirp[2 * k + 1]! / size;
    }
    square = (square + 2 * k + 1) % (2 * n);
  }
  const forward = planStockham(size, -1)!;
  stockham(forward, 1, filter, 0, filter, 0);
  return { n, forward, backward: planStockham(size, 1)!, chirp, filter, work: new Float64Array(2 * size) };
}

/** Transforms n points of `inner` complex numbers each from `x` to `y`, which may be the same place. */
export function bluestein(
  plan: BluesteinPlan,
  inner: number,
  x: Float64Array,
  xo: number,
  y: Float64Array,
  yo: number,
): void {
  const { n, chirp, filter, work, forward, backward } = plan;
  for (let q = 0; q < inner; q++) {
    work.fill(0, 2 * n);
    for (let k = 0; k < n; k++) {
      const i = xo + 2 * (k * inner + q);
      const cr = chirp[2 * k]!;
      const ci = chirp[2 * k + 1]!;
      work[2 * k] = cr * x[i]! - ci * x[i + 1]!;
      work[2 * k + 1] = cr * x[i + 1]! + ci * x[i]!;
    }
    stockham(forward, 1, work, 0, work, 0);
    for (let k = 0; k < work.length; k += 2) {
      const re = work[k]!;
      work[k] = re * filter[k]! - work[k + 1]! * filter[k + 1]!;
      work[k + 1] = re * filter[k + 1]! + work[k + 1]! * filter[k]!;
    }
    stockham(backward, 1, work, 0, work, 0);
    for (let k = 0; k < n; k++) {
      const o = yo + 2 * (k * inner + q);
      const cr = chirp[2 * k]!;
      const ci = chirp[2 * k + 1]!;
      y[o] = cr * work[2 * k]! - ci * work[2 * k + 1]!;
      y[o + 1] = cr * work[2 * k + 1]! + ci * work[2 * k]!;
    }
  }
}
