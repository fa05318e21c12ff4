import { scan, type Tensor } from "../../engine/graph/index.ts";

/** A map on each row of X [N, n], with the same row of W where there is one. */
export function memberwise(map: (x: Tensor, w: Tensor | undefined) => Tensor, X: Tensor, W?: Tensor): Tensor {
  return scan((_, [x, w]) => ({ ys: [map(x!, w)] }), [], W === undefined ? [X] : [X, W]).ys[0]!;
}
