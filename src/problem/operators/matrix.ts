import { NumericalError, ShapeError } from "../../engine/errors/index.ts";
import { type Tensor, tensor } from "../../engine/graph/index.ts";
import { gemm, matvec, matvecTransposed } from "../../engine/linalg/index.ts";
import { type ArrayLike64, type NdArray, shapeText, toNdArray } from "../../engine/tensor/index.ts";
import { checkBatch, checkVector } from "./check.ts";
import type { TracedOperator } from "./traced.ts";

/**
 * The linear operator of a matrix H [m, n]. O(m n) for a vector.
 * @throws ShapeError for anything but a matrix
 * @throws NumericalError for elements that are not finite
 */
export function matrixOperator(matrix: ArrayLike64, place = "matrix"): TracedOperator {
  const { data, shape } = toNdArray(matrix, place);
  const [m, n] = shape;
  if (shape.length !== 2 || m === undefined || n === undefined)
    throw new ShapeError(place, `expected a matrix (m, n), got shape ${shapeText(shape)}`);
  const bad = data.findIndex((entry) => !Number.isFinite(entry));
  if (bad >= 0)
    throw new NumericalError(
      place,
      `expected finite numbers, got ${data[bad]} at (${Math.floor(bad / n)}, ${bad % n})`,
    );
  const H = data.slice();
  const applyBatch = (X: NdArray): NdArray => {
    const rows = checkBatch("matrix: X", X, n);
    return { data: gemm(rows, m, n, X.data, H, { transB: true }), shape: [rows, m] };
  };
  const apply = (x: Float64Array): Float64Array => {
    checkVector("matrix: x", x, n);
    return matvec(H, x, m, n);
  };
  return Object.freeze({
    name: "matrix",
    inShape: [n],
    outShape: [m],
    inSize: n,
    outSize: m,
    linear: true,
    apply,
    applyBatch,
    tangentBatch: (_: Float64Array, dX: NdArray): NdArray => applyBatch(dX),
    tangent: (_: Float64Array, dx: Float64Array): Float64Array => apply(dx),
    adjoint: (_: Float64Array, dy: Float64Array): Float64Array => {
      checkVector("matrix: dy", dy, m);
      return matvecTransposed(H, dy, m, n);
    },
    traced: (x: Tensor): Tensor => tensor({ data: H, shape: [m, n] }).matmul(x.reshape([n])),
  });
}
