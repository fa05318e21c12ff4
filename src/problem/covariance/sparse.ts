import { type Tensor, tensor } from "../../engine/graph/index.ts";
import type { RandomStream } from "../../engine/random/index.ts";
import { type CovarianceOptions, checkFactor, checkIndices, checkLength } from "./check.ts";
import type { Covariance } from "./covariance.ts";
import { type CooMatrix, type Csr, type CsrMatrix, multiplyCsr, restrictCsr, symmetricCsr } from "./csr.ts";
import {
  type Envelope,
  envelopeCholesky,
  multiplyEnvelope,
  solveEnvelope,
  solveEnvelopeTransposed,
} from "./envelope.ts";
import { scalarCovariance } from "./scalar.ts";

/**
 * A sparse symmetric positive definite matrix, as triplets or by rows. Products cost O(non-zeros); the square root is a
 * Cholesky factor in the envelope of the reordered matrix, O(size b²) once and O(size b) a product, b the half-width:
 * good for short correlations along a line, a ring or a narrow grid. A semi-definite one: use denseCovariance.
 * @throws ShapeError for lists that don't belong together; ArgumentError for indices outside or asymmetry
 * @throws NumericalError for numbers that are not finite and for a matrix that isn't positive definite
 */
export function sparseCovariance(
  matrix: CooMatrix | CsrMatrix,
  options: Pick<CovarianceOptions, "place"> = {},
): Covariance {
  const { place = "covariance" } = options;
  const A = symmetricCsr(matrix, place);
  return fromFactor(A, envelopeCholesky(A, place), place);
}

function fromFactor(A: Csr, L: Envelope, place: string): Covariance {
  const n = L.order.length;
  let inverseRoot: Float64Array | undefined;
  const inOrder = (v: Float64Array): Float64Array => {
    checkLength(v, n);
    return Float64Array.from(L.order, (node) => v[node]!);
  };
  const back = (v: Float64Array): Float64Array => {
    const out = new Float64Array(n);
    L.order.forEach((node, i) => {
      out[node] = v[i]!;
    });
    return out;
  };
  const whiten = (v: Float64Array): Float64Array => solveEnvelope(L, inOrder(v));
  const applySqrt = (v: Float64Array): Float64Array => {
    checkLength(v, n);
    return back(multiplyEnvelope(L, v, false));
  };
  const diagonal = (): Float64Array =>
    Float64Array.from({ length: n }, (_, i) => {
      for (let p = A.start[i]!; p < A.start[i + 1]!; p++) if (A.columns[p] === i) return A.values[p]!;
      return 0;
    });
  return Object.freeze({
    kind: "sparse",
    size: n,
    sqrtSize: n,
    apply(v: Float64Array): Float64Array {
      checkLength(v, n);
      return multiplyCsr(A, v);
    },
    applySqrt,
    applySqrtTransposed: (v: Float64Array): Float64Array => multiplyEnvelope(L, inOrder(v), true),
    solve: (v: Float64Array): Float64Array => back(solveEnvelopeTransposed(L, whiten(v))),
    whiten,
    sample: (stream: RandomStream): Float64Array => applySqrt(stream.normals(n)),
    diagonal,
    logDeterminant(): number {
      let sum = 0;
      for (let i = 0; i < n; i++) sum += Math.log(L.values[L.start[i + 1]! - 1]!);
      return 2 * sum;
    },
    dense(): Float64Array {
      const out = new Float64Array(n * n);
      for (let i = 0; i < n; i++)
        for (let p = A.start[i]!; p < A.start[i + 1]!; p++) out[i * n + A.columns[p]!] = A.values[p]!;
      return out;
    },
    restrict(indices: ArrayLike<number>): Covariance {
      checkIndices(indices, n);
      return sparseCovariance(restrictCsr(A, indices), { place });
    },
    scaled(factor: number): Covariance {
      checkFactor(factor);
      if (factor === 0) return scalarCovariance(n, 0, { place });
      const root = Math.sqrt(factor);
      return fromFactor(
        { ...A, values: A.values.map((value) => value * factor) },
        { ...L, values: L.values.map((value) => value * root) },
        place,
      );
    },
    tracedSqrt(v: Tensor): Tensor {
      const [rows, columns] = [new Int32Array(L.values.length), new Int32Array(L.values.length)];
      for (let i = 0; i < n; i++)
        for (let p = L.start[i]!; p < L.start[i + 1]!; p++) {
          rows[p] = L.order[i]!;
          columns[p] = L.first[i]! + p - L.start[i]!;
        }
      return v.take(columns, -1).mul(tensor(L.values)).scatterAdd(rows, n, -1);
    },
    // A full matrix of size², because graphs have no triangular solve.
    tracedWhiten(v: Tensor): Tensor {
      inverseRoot ??= inverseFactor(whiten, n);
      return v.matmul(tensor({ data: inverseRoot, shape: [n, n] }));
    },
  });
}

/** Wᵀ [n, n]: the whitened unit vectors as rows. */
function inverseFactor(whiten: (v: Float64Array) => Float64Array, n: number): Float64Array {
  const out = new Float64Array(n * n);
  const unit = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    unit[i] = 1;
    out.set(whiten(unit), i * n);
    unit[i] = 0;
  }
  return out;
}
