import { ArgumentError } from "../../engine/errors/index.ts";
import type { Tensor } from "../../engine/graph/index.ts";
import { covarianceFrom } from "./build.ts";
import type { Covariance } from "./covariance.ts";

type Map1 = (v: Float64Array) => Float64Array;
type TracedMap = (v: Tensor) => Tensor;

/**
 * The Kronecker product A ⊗ B ⊗ …: component (i, j, …) of a state that holds the last factor's components fastest has the covariance
 * a_ii' b_jj' …, as of variables × levels × places. Every form is the factors', along one axis each.
 * @throws ArgumentError for no factors
 * @see [VanLoan2000]
 */
export function kroneckerCovariance(
  factors: readonly Covariance[],
  options: { readonly place?: string } = {},
): Covariance {
  const { place = "covariance" } = options;
  const [first, ...others] = factors;
  if (first === undefined) throw new ArgumentError(`${place}.factors`, "expected at least one factor, got none");
  return others.length === 0 ? first : product(first, kroneckerCovariance(others, options), place);
}

function product(A: Covariance, B: Covariance, place: string): Covariance {
  const [a, b] = [A.size, B.size];
  return covarianceFrom({
    kind: "kronecker",
    place,
    size: a * b,
    sqrtSize: A.sqrtSize * B.sqrtSize,
    apply: (v) =>
      along(
        (u) => A.apply(u),
        (u) => B.apply(u),
        v,
        a,
        b,
      ),
    applySqrt: (v) =>
      along(
        (u) => A.applySqrt(u),
        (u) => B.applySqrt(u),
        v,
        A.sqrtSize,
        B.sqrtSize,
      ),
    applySqrtTransposed: (v) =>
      along(
        (u) => A.applySqrtTransposed(u),
        (u) => B.applySqrtTransposed(u),
        v,
        a,
        b,
      ),
    tracedSqrt: (v) =>
      tracedAlong(
        (u) => A.tracedSqrt(u),
        (u) => B.tracedSqrt(u),
        v,
        A.sqrtSize,
        B.sqrtSize,
      ),
    diagonal() {
      const [p, q] = [A.diagonal(), B.diagonal()];
      return Float64Array.from({ length: a * b }, (_, at) => p[Math.floor(at / b)]! * q[at % b]!);
    },
    inverse: {
      solve: (v) =>
        along(
          (u) => A.solve(u),
          (u) => B.solve(u),
          v,
          a,
          b,
        ),
      whiten: (v) =>
        along(
          (u) => A.whiten(u),
          (u) => B.whiten(u),
          v,
          a,
          b,
        ),
      tracedWhiten: (v) =>
        tracedAlong(
          (u) => A.tracedWhiten(u),
          (u) => B.tracedWhiten(u),
          v,
          a,
          b,
        ),
      logDeterminant: () => b * A.logDeterminant() + a * B.logDeterminant(),
    },
    scaled: (factor) => product(A.scaled(factor), B, place),
  });
}

/** F ⊗ G of v [a, b]: G of every row, then F of every column. */
function along(F: Map1, G: Map1, v: Float64Array, a: number, b: number): Float64Array {
  const rows = Array.from({ length: a }, (_, i) => G(v.slice(i * b, (i + 1) * b)));
  const width = rows[0]!.length;
  let out = new Float64Array(0);
  for (let j = 0; j < width; j++) {
    const column = F(Float64Array.from(rows, (row) => row[j]!));
    if (j === 0) out = new Float64Array(column.length * width);
    for (let i = 0; i < column.length; i++) out[i * width + j] = column[i]!;
  }
  return out;
}

function tracedAlong(F: TracedMap, G: TracedMap, v: Tensor, a: number, b: number): Tensor {
  const leading = v.shape.slice(0, -1);
  const rank = leading.length;
  const swap = [...leading.keys(), rank + 1, rank];
  const rows = G(v.reshape([...leading, a, b]));
  const columns = F(rows.transpose(swap)).transpose(swap);
  return columns.reshape([...leading, columns.shape.at(-2)! * columns.shape.at(-1)!]);
}
