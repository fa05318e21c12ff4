import { ArgumentError, ShapeError } from "../../engine/errors/index.ts";
import type { Tensor } from "../../engine/graph/index.ts";
import { type ArrayLike64, shapeText, sizeOf } from "../../engine/tensor/index.ts";
import { matrixOperator, type Operator, tracedOperator } from "../../problem/operators/index.ts";

/** TorchDA's H: a matrix [m, n], or a function from rows of states [1, n] to rows of observations [1, m]; or an operator of ours. */
export type ObservationModel = ArrayLike64 | ((x: Tensor) => Tensor) | Operator;

/**
 * H as an operator from n to m numbers.
 * @throws ArgumentError, ShapeError for a matrix, a function or an operator that doesn't fit
 */
export function operatorOf(H: ObservationModel, n: number, m: number): Operator {
  if (typeof H === "function")
    return tracedOperator({
      name: "H",
      inShape: [n],
      outShape: [m],
      fn(x) {
        const out = H(x.reshape([1, n]));
        if (out?.shape === undefined || sizeOf(out.shape) !== m)
          throw new ShapeError(
            "H",
            `expected rows of ${m} observations, shape (1, ${m}), for rows of states (1, ${n}), got ${out?.shape === undefined ? typeof out : shapeText(out.shape)}: components of a row are x.at(i, -1)`,
          );
        return out.reshape([m]);
      },
    });
  const operator = isOperator(H) ? H : matrixOperator(H);
  if (operator.inSize !== n || operator.outSize !== m)
    throw new ShapeError(
      "H",
      `expected a map from ${n} variables to ${m} observations, got one from ${operator.inSize} to ${operator.outSize}`,
    );
  return operator;
}

function isOperator(H: ArrayLike64 | Operator): H is Operator {
  if (typeof H !== "object" || H === null)
    throw new ArgumentError("H", `expected a matrix or a function, got ${typeof H}`);
  return "apply" in H;
}
