import { NumericalError, ShapeError } from "../../engine/errors/index.ts";
import { tensor } from "../../engine/graph/index.ts";
import { gemm, matvec, matvecTransposed, symmetricEigen } from "../../engine/linalg/index.ts";
import { type ArrayLike64, shapeText, toNdArray } from "../../engine/tensor/index.ts";
import { covarianceFrom } from "./build.ts";
import { checkVariance } from "./check.ts";
import type { Covariance } from "./covariance.ts";

export interface LowRankOptions {
  /** Factors as rows, [r, n]: anomalies over √(N − 1), modes times their standard deviations. */
  readonly factors: ArrayLike64;
  /** Variances of an independent part, one for all or [n]; 0 by default. */
  readonly variance?: ArrayLike64;
  /** The argument's name for messages, "covariance" by default. */
  readonly place?: string;
}

/**
 * D + UᵀU from r factors U [r, n] and a diagonal D. When D is positive all is written with S = U D^(−1/2) and the
 * eigenvectors of S Sᵀ [r, r]: the square root is D^(1/2) (I + SᵀS)^(1/2), its inverse costs as much, and no matrix [n, n] is formed
 * (Woodbury). Else the square root is [D^(1/2) Uᵀ] and there is no inverse. O(n r² + r³) once, O(n r) a product.
 * @throws ShapeError for factors or variances that don't fit; ArgumentError, NumericalError for their values
 * @see [GolubVanLoan2013] section 2.1.4
 */
export function lowRankCovariance({ factors, variance = 0, place = "covariance" }: LowRankOptions): Covariance {
  const { data: U, shape } = toNdArray(factors, `${place}.factors`);
  const [r, n] = shape;
  if (shape.length !== 2 || !r || !n)
    throw new ShapeError(
      `${place}.factors`,
      `expected factors as rows, of shape (r, size), got shape ${shapeText(shape)}`,
    );
  const bad = U.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0)
    throw new NumericalError(
      `${place}.factors`,
      `expected finite numbers, got ${U[bad]} at (${Math.floor(bad / n)}, ${bad % n})`,
    );
  const given = toNdArray(variance, `${place}.variance`).data;
  if (given.length !== 1 && given.length !== n)
    throw new ShapeError(`${place}.variance`, `expected one variance or ${n} of them, got ${given.length}`);
  given.forEach((value, i) => {
    checkVariance(given.length === 1 ? `${place}.variance` : `${place}.variance[${i}]`, value, true);
  });
  const D = given.length === n ? given.slice() : new Float64Array(n).fill(given[0]!);
  return fromFactors({ U: U.slice(), D, r, n, place });
}

interface Factors {
  readonly U: Float64Array;
  readonly D: Float64Array;
  readonly r: number;
  readonly n: number;
  readonly place: string;
}

function fromFactors(all: Factors): Covariance {
  return all.D.every((value) => value > 0) ? definite(all) : semidefinite(all);
}

/** What both forms have. */
function common(all: Factors) {
  const { U, D, r, n, place } = all;
  return {
    kind: "low-rank",
    place,
    size: n,
    apply(v: Float64Array): Float64Array {
      const out = matvecTransposed(U, matvec(U, v, r, n), r, n);
      for (let i = 0; i < n; i++) out[i]! += D[i]! * v[i]!;
      return out;
    },
    diagonal(): Float64Array {
      const out = D.slice();
      for (let k = 0; k < r; k++) for (let i = 0; i < n; i++) out[i]! += U[k * n + i]! ** 2;
      return out;
    },
    restrict(indices: ArrayLike<number>): Covariance {
      const m = indices.length;
      const part = new Float64Array(r * m);
      for (let k = 0; k < r; k++) for (let i = 0; i < m; i++) part[k * m + i] = U[k * n + indices[i]!]!;
      return fromFactors({ U: part, D: Float64Array.from(indices, (i) => D[i]!), r, n: m, place });
    },
  };
}

function definite(all: Factors): Covariance {
  const { U, D, r, n } = all;
  const std = D.map(Math.sqrt);
  const S = U.map((value, at) => value / std[at % n]!);
  const { values, vectors } = symmetricEigen(gemm(r, r, n, S, S, { transB: true }), r);
  const P = gemm(r, n, r, vectors, S, { transA: true });
  const g = values.map((value) => Math.sqrt(1 + Math.max(0, value)));
  // (I + PᵀP)^(±1/2) = I + Pᵀ diag(w) P with PPᵀ = g² − 1: nothing is subtracted that could cancel.
  const forward = g.map((value) => 1 / (value + 1));
  const back = g.map((value) => -1 / (value * (value + 1)));
  const symmetric = (v: Float64Array, w: Float64Array): Float64Array => {
    const inner = matvec(P, v, r, n).map((value, k) => value * w[k]!);
    const out = matvecTransposed(P, inner, r, n);
    for (let i = 0; i < n; i++) out[i]! += v[i]!;
    return out;
  };
  const times = (v: Float64Array): Float64Array => v.map((value, i) => value * std[i]!);
  const over = (v: Float64Array): Float64Array => v.map((value, i) => value / std[i]!);
  const rows = () => tensor({ data: P, shape: [r, n] });
  const whiten = (v: Float64Array): Float64Array => symmetric(over(v), back);
  return covarianceFrom({
    ...common(all),
    sqrtSize: n,
    applySqrt: (v) => times(symmetric(v, forward)),
    applySqrtTransposed: (v) => symmetric(times(v), forward),
    tracedSqrt: (v) => v.matmul(rows().transpose()).mul(tensor(forward)).matmul(rows()).add(v).mul(tensor(std)),
    inverse: {
      solve: (v) => over(symmetric(whiten(v), back)),
      whiten,
      tracedWhiten(v) {
        const u = v.div(tensor(std));
        return u.matmul(rows().transpose()).mul(tensor(back)).matmul(rows()).add(u);
      },
      logDeterminant: () =>
        2 * std.reduce((sum, s) => sum + Math.log(s), 0) + 2 * g.reduce((sum, x) => sum + Math.log(x), 0),
    },
  });
}

function semidefinite(all: Factors): Covariance {
  const { U, D, r, n } = all;
  const std = D.map(Math.sqrt);
  const independent = D.some((value) => value > 0);
  const first = independent ? n : 0;
  return covarianceFrom({
    ...common(all),
    sqrtSize: first + r,
    applySqrt(v) {
      const out = matvecTransposed(U, v.subarray(first), r, n);
      if (independent) for (let i = 0; i < n; i++) out[i]! += std[i]! * v[i]!;
      return out;
    },
    applySqrtTransposed(v) {
      const out = new Float64Array(first + r);
      if (independent) for (let i = 0; i < n; i++) out[i] = std[i]! * v[i]!;
      out.set(matvec(U, v, r, n), first);
      return out;
    },
    tracedSqrt(v) {
      const modes = v.take(span(first, first + r), -1).matmul(tensor({ data: U, shape: [r, n] }));
      return independent ? modes.add(v.take(span(0, n), -1).mul(tensor(std))) : modes;
    },
    // Without an independent part everywhere there can be an inverse still, if there are factors enough.
    ...(r < D.filter((value) => value === 0).length && { inverse: "singular" as const }),
  });
}

/** from … to − 1. */
function span(from: number, to: number): Int32Array {
  return Int32Array.from({ length: to - from }, (_, i) => from + i);
}
