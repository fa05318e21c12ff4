import { ArgumentError } from "../../errors/index.ts";
import type { Layer } from "./layer.ts";

/**
 * In training, each element becomes 0 with probability `rate` and the others are divided by 1 − rate; in use, the identity.
 * Which ones drop is decided by uniform numbers that are an argument of the graph.
 * @throws ArgumentError for a rate outside [0, 1), or in training without random numbers
 * @see [Srivastava2014]
 */
export function dropout(rate = 0.5): Layer {
  if (!(rate >= 0 && rate < 1))
    throw new ArgumentError("dropout", `expected a rate from 0 to 1, 1 excluded, got ${rate}`);
  return {
    name: "dropout",
    parameters: [],
    apply(_, x, context) {
      if (!context.training || rate === 0) return x;
      if (context.random === undefined)
        throw new ArgumentError("dropout", "expected random numbers in training: give the context `random`");
      const keep = context.random(x.shape).greaterEqual(rate).cast(x.dtype);
      return x.mul(keep.mul(1 / (1 - rate)));
    },
  };
}
