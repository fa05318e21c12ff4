import { scalar } from "../../../graph/builder.ts";
import { einsum } from "../../../graph/einsum.ts";
import type { Node } from "../../../graph/node.ts";
import { add, matmul, mul, transpose } from "../../../graph/ops.ts";
import type { OnnxCall, Rule } from "../call.ts";

/** α·A·B + β·C, A and B transposed where asked for. */
function gemm(call: OnnxCall): Node {
  if (call.rank(0) !== 2 || call.rank(1) !== 2) throw call.fail("expected two matrices");
  const A = call.integer("transA", 0) === 0 ? call.x(0) : transpose(call.x(0));
  const B = call.integer("transB", 0) === 0 ? call.x(1) : transpose(call.x(1));
  const product = mul(scalar(call.float("alpha", 1)), matmul(A, B));
  const C = call.optional(2);
  return C === undefined ? product : add(product, mul(scalar(call.float("beta", 1)), C));
}

/** Products of matrices. */
export const products: Readonly<Record<string, Rule>> = {
  Einsum: (call) =>
    einsum(
      call.string("equation", ""),
      call.inputs.map((_, i) => call.x(i)),
    ),
  Gemm: gemm,
  MatMul: (call) => matmul(call.x(0), call.x(1)),
};
