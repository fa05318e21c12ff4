import { ShapeError } from "../../errors/index.ts";
import { shapeText, sizeOf } from "../../tensor/index.ts";
import { make } from "../builder.ts";
import type { Node, NodeOf, PoolAttributes, Primitive } from "../node.ts";
import { reshape } from "../ops.ts";
import { alignBatch } from "./elementwise.ts";
import { forEachIndex, sourceOffset, windowPositions } from "./window.ts";

/**
 * The largest element of each window of x [N, C, …]; of equal ones the first, as PyTorch decides. `maxPoolPick(x, t)` takes
 * the elements of t that stand where x has its maxima: the tangent; `maxPoolScatter(x, g)` is its transpose in g.
 */
type PoolName = "maxPool" | "maxPoolPick" | "maxPoolScatter";

function pooledShape(x: Node, attributes: PoolAttributes): number[] {
  if (x.shape.length < 3) throw new ShapeError("maxPool", `expected [N, C, …], got ${shapeText(x.shape)}`);
  return [...x.shape.slice(0, 2), ...windowPositions("maxPool", x.shape.slice(2), attributes.kernel, attributes)];
}

/** Flat position of each window's maximum. */
function winners(
  x: { readonly data: Float64Array; readonly shape: readonly number[] },
  pooled: readonly number[],
  attributes: PoolAttributes,
): Int32Array {
  const [xs, ys] = [x.shape.slice(2), pooled.slice(2)];
  const [xSize, ySize] = [sizeOf(xs), sizeOf(ys)];
  const images = x.shape[0]! * x.shape[1]!;
  const out = new Int32Array(images * ySize);
  for (let image = 0; image < images; image++) {
    let y = image * ySize;
    forEachIndex(ys, (position) => {
      let best = -1;
      forEachIndex(attributes.kernel, (at) => {
        const offset = sourceOffset(xs, position, at, attributes);
        if (offset < 0) return;
        const flat = image * xSize + offset;
        if (best < 0 || x.data[flat]! > x.data[best]! || (Number.isNaN(x.data[flat]!) && !Number.isNaN(x.data[best]!)))
          best = flat;
      });
      out[y++] = best;
    });
  }
  return out;
}

const pick = (x: Node, t: Node, attributes: PoolAttributes): Node => make("maxPoolPick", [x, t], attributes);
const scatter = (x: Node, g: Node, attributes: PoolAttributes): Node => make("maxPoolScatter", [x, g], attributes);

/** Joins the batch axis with the images' axis, works, and parts them again. */
function foldBatch<P extends PoolName>(
  op: P,
  node: NodeOf<P>,
  inputs: readonly Node[],
  batched: readonly boolean[],
  size: number,
): Node {
  const folded = alignBatch(node, inputs, batched, size).map((x) =>
    reshape(x, [x.shape[0]! * x.shape[1]!, ...x.shape.slice(2)]),
  );
  return reshape(make(op, folded, node.attributes as never), [size, ...node.shape]);
}

export const maxPoolPrimitive: Primitive<"maxPool"> = {
  infer: ([x], attributes) => ({ shape: pooledShape(x!, attributes), dtype: x!.dtype }),
  jvp: ({ attributes }, [x], _output, [t]) => (t == null ? null : pick(x!, t, attributes)),
  vjp: ({ attributes }, [x], _output, g) => [scatter(x!, g, attributes)],
  batch: (node, inputs, batched, size) => foldBatch("maxPool", node, inputs, batched, size),
  evaluate: (node, [x]) =>
    Float64Array.from(winners(x!, node.shape, node.attributes), (at) => x!.data[at] ?? Number.NEGATIVE_INFINITY),
};

export const maxPoolPickPrimitive: Primitive<"maxPoolPick"> = {
  infer: ([x, t], attributes) => ({ shape: pooledShape(x!, attributes), dtype: t!.dtype }),
  jvp: ({ attributes }, [x], _output, [, t]) => (t == null ? null : pick(x!, t, attributes)),
  vjp: ({ attributes }, [x], _output, g) => [null, scatter(x!, g, attributes)],
  batch: (node, inputs, batched, size) => foldBatch("maxPoolPick", node, inputs, batched, size),
  evaluate: (node, [x, t]) => Float64Array.from(winners(x!, node.shape, node.attributes), (at) => t!.data[at] ?? 0),
};

export const maxPoolScatterPrimitive: Primitive<"maxPoolScatter"> = {
  infer: ([x, g], attributes) => {
    const pooled = pooledShape(x!, attributes);
    if (pooled.join() !== g!.shape.join())
      throw new ShapeError("maxPoolScatter", `expected shape ${shapeText(pooled)}, got ${shapeText(g!.shape)}`);
    return { shape: x!.shape, dtype: g!.dtype };
  },
  jvp: ({ attributes }, [x], _output, [, g]) => (g == null ? null : scatter(x!, g, attributes)),
  vjp: ({ attributes }, [x], _output, t) => [null, pick(x!, t, attributes)],
  batch: (node, inputs, batched, size) => foldBatch("maxPoolScatter", node, inputs, batched, size),
  evaluate: (node, [x, g]) => {
    const out = new Float64Array(sizeOf(node.shape));
    winners(x!, g!.shape, node.attributes).forEach((at, i) => {
      if (at >= 0) out[at]! += g!.data[i]!;
    });
    return out;
  },
};
