import { ShapeError } from "../../engine/errors/index.ts";
import type { Tensor } from "../../engine/graph/index.ts";
import { type ArrayLike64, shapeText, toNdArray, toNested } from "../../engine/tensor/index.ts";
import { matrixOperator } from "../operators/index.ts";
import { type TracedModel, tracedModel } from "./traced.ts";

export interface LinearOptions {
  /** F [n, n]. */
  readonly matrix: ArrayLike64;
  /** Time units of a step, 1 by default. */
  readonly dt?: number;
}

/**
 * The linear model x ← F x. O(n²) a step.
 * @throws ShapeError unless the matrix is square; NumericalError for elements that are not finite
 */
export function linearModel({ matrix, dt = 1 }: LinearOptions): TracedModel {
  const F = toNdArray(matrix, "matrix");
  const [n] = F.shape;
  const { traced } = matrixOperator(F, "matrix");
  if (n === undefined || n !== F.shape[1])
    throw new ShapeError("matrix", `expected a square matrix, got shape ${shapeText(F.shape)}`);
  return tracedModel({
    name: "linear",
    shape: [n],
    dt,
    linear: true,
    options: { matrix: toNested(F), dt },
    step: (x: Tensor, t: Tensor): Tensor => traced(x, t),
  });
}
