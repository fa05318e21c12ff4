import { ArgumentError } from "../../engine/errors/index.ts";
import { concat, type Tensor } from "../../engine/graph/index.ts";
import { covarianceFrom } from "./build.ts";
import type { Covariance } from "./covariance.ts";

type Form = "apply" | "applySqrt" | "applySqrtTransposed" | "solve" | "whiten";

/**
 * Independent groups of components, one after the other, each with a covariance of its own. It costs what they cost.
 * @throws ArgumentError for no blocks
 */
export function blockCovariance(blocks: readonly Covariance[], options: { readonly place?: string } = {}): Covariance {
  const { place = "covariance" } = options;
  if (blocks.length === 0) throw new ArgumentError(`${place}.blocks`, "expected at least one block, got none");
  const sum = (of: (block: Covariance) => number): number => blocks.reduce((total, block) => total + of(block), 0);
  const size = sum((block) => block.size);
  const each = (form: Form, v: Float64Array, extent: "size" | "sqrtSize"): Float64Array => {
    let at = 0;
    return joined(
      blocks.map((block) => {
        at += block[extent];
        return block[form](v.slice(at - block[extent], at));
      }),
    );
  };
  const traced = (form: "tracedSqrt" | "tracedWhiten", v: Tensor, extent: "size" | "sqrtSize"): Tensor => {
    let at = 0;
    const parts = blocks.map((block) => {
      const from = at;
      at += block[extent];
      const indices = Int32Array.from({ length: block[extent] }, (_, i) => from + i);
      return block[form](v.take(indices, -1));
    });
    return concat(parts, v.shape.length - 1);
  };
  return covarianceFrom({
    kind: "block",
    place,
    size,
    sqrtSize: sum((block) => block.sqrtSize),
    apply: (v) => each("apply", v, "size"),
    applySqrt: (v) => each("applySqrt", v, "sqrtSize"),
    applySqrtTransposed: (v) => each("applySqrtTransposed", v, "size"),
    tracedSqrt: (v) => traced("tracedSqrt", v, "sqrtSize"),
    diagonal: () => joined(blocks.map((block) => block.diagonal())),
    inverse: {
      solve: (v) => each("solve", v, "size"),
      whiten: (v) => each("whiten", v, "size"),
      tracedWhiten: (v) => traced("tracedWhiten", v, "size"),
      logDeterminant: () => sum((block) => block.logDeterminant()),
    },
    scaled: (factor) =>
      blockCovariance(
        blocks.map((block) => block.scaled(factor)),
        options,
      ),
  });
}

function joined(parts: readonly Float64Array[]): Float64Array {
  const out = new Float64Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
