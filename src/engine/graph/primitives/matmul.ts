import { sizeOf } from "../../tensor/index.ts";
import { make } from "../builder.ts";
import type { Node, Primitive } from "../node.ts";
import { add, matmul, transpose } from "../ops.ts";
import { alignBatch } from "./elementwise.ts";

/** The last two axes exchanged. */
function swap(x: Node): Node {
  const rank = x.shape.length;
  return transpose(
    x,
    x.shape.map((_, axis) => (axis < rank - 2 ? axis : 2 * rank - 3 - axis)),
  );
}

/** Batched matrix product of the last two axes; leading axes are equal. */
export const matmulPrimitive: Primitive<"matmul"> = {
  infer: ([a, b]) => ({
    shape: [...a!.shape.slice(0, -1), b!.shape.at(-1)!],
    dtype: a!.dtype === "float32" && b!.dtype === "float32" ? "float32" : "float64",
  }),
  jvp: (_node, [a, b], _output, [da, db]) => {
    const left = da == null ? null : matmul(da, b!);
    const right = db == null ? null : matmul(a!, db);
    return left === null ? right : right === null ? left : add(left, right);
  },
  vjp: (_node, [a, b], _output, cotangent) => [matmul(cotangent, swap(b!)), matmul(swap(a!), cotangent)],
  batch: (node, inputs, batched, size) => make("matmul", alignBatch(node, inputs, batched, size), {}),
  evaluate: (node, [a, b]) => {
    const [m, n] = node.shape.slice(-2) as [number, number];
    const k = a!.shape.at(-1)!;
    const out = new Float64Array(sizeOf(node.shape));
    for (let batch = 0; batch < sizeOf(node.shape.slice(0, -2)); batch++) {
      for (let i = 0; i < m; i++) {
        for (let j = 0; j < n; j++) {
          let total = 0;
          for (let l = 0; l < k; l++) total += a!.data[(batch * m + i) * k + l]! * b!.data[(batch * k + l) * n + j]!;
          out[(batch * m + i) * n + j] = total;
        }
      }
    }
    return out;
  },
};
