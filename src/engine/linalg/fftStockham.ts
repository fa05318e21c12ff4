import { type FftTable, fftByKernels } from "./fftKernels.ts";
import { type FftPass, runPass } from "./fftPasses.ts";

/** The passes of a complex transform of a length with no prime factors but 2, 3 and 5. */
export interface StockhamPlan extends FftTable {
  /** Their twiddles are views of the plan's. */
  readonly passes: readonly FftPass[];
}

let scratch0: Float64Array = new Float64Array(0);
let scratch1: Float64Array = new Float64Array(0);

/**
 * The passes for length n, or undefined if n has other prime factors than 2, 3 and 5.
 * @see [VanLoan1992]
 */
export function planStockham(n: number, sign: -1 | 1): StockhamPlan | undefined {
  const radices = factors(n);
  if (radices === undefined) return undefined;
  let size = 0;
  for (let i = 0, length = n; i < radices.length; i++) {
    length /= radices[i]!;
    size += 2 * length * (radices[i]! - 1);
  }
  const twiddles = new Float64Array(size);
  return { n, sign, passes: makePasses(n, sign, radices, twiddles), twiddles };
}

/**
 * Transforms n points, each of `inner` complex numbers side by side, from `x` to `y`, which may be the same place.
 * Not normalised. O(inner n log n).
 */
export function stockham(
  plan: StockhamPlan,
  inner: number,
  x: Float64Array,
  xo: number,
  y: Float64Array,
  yo: number,
): void {
  if (fftByKernels(plan, 1, inner, { data: x, offset: xo }, { data: y, offset: yo }, 1)) return;
  const { passes, n, sign } = plan;
  const size = 2 * n * inner;
  if (passes.length === 0 && (x !== y || xo !== yo)) for (let i = 0; i < size; i++) y[yo + i] = x[xo + i]!;
  if (passes.length > 1 && scratch0.length < size) {
    scratch0 = new Float64Array(size);
    scratch1 = new Float64Array(size);
  }
  let s = inner;
  let from = x;
  let fo = xo;
  for (let i = 0; i < passes.length; i++) {
    const pass = passes[i]!;
    const last = i === passes.length - 1;
    const to = last ? y : i % 2 === 0 ? scratch0 : scratch1;
    const offset = last ? yo : 0;
    runPass(pass, sign, s, from, fo, to, offset);
    s *= pass.radix;
    from = to;
    fo = offset;
  }
}

/** Radices 4, 2, 3, 5 whose product is n, or undefined if there is none. */
function factors(n: number): number[] | undefined {
  const radices: number[] = [];
  let rest = n;
  for (const radix of [4, 2, 3, 5])
    while (rest % radix === 0) {
      radices.push(radix);
      rest /= radix;
    }
  return rest === 1 ? radices : undefined;
}

function makePasses(n: number, sign: number, radices: readonly number[], all: Float64Array): FftPass[] {
  let length = n;
  let start = 0;
  return radices.map((radix) => {
    const m = length / radix;
    const twiddles = all.subarray(start, start + 2 * m * (radix - 1));
    start += twiddles.length;
    let next = 0;
    for (let p = 0; p < m; p++)
      for (let k = 1; k < radix; k++) {
        const angle = (2 * Math.PI * ((p * k) % length)) / length;
        twiddles[next++] = Math.cos(angle);
        twiddles[next++] = sign * Math.sin(angle);
      }
    length = m;
    return { radix, m, twiddles };
  });
}
