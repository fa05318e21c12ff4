import { CapabilityError } from "../../engine/errors/index.ts";
import { transpose } from "../../engine/linalg/index.ts";
import type { NdArray } from "../../engine/tensor/index.ts";
import type { Operator } from "./operator.ts";

/**
 * The matrix [m, n] of a linear operator: its values on the n unit vectors, in one batch.
 * @throws CapabilityError for an operator that is not linear
 */
export async function operatorMatrix(operator: Operator, t = 0): Promise<NdArray> {
  if (!operator.linear)
    throw new CapabilityError(operator.name, "expected a linear operator: a nonlinear one has no matrix");
  const [m, n] = [operator.outSize, operator.inSize];
  const columns = await operator.applyBatch({ data: identityMatrix(n), shape: [n, n] }, t);
  return { data: transpose(columns.data, n, m), shape: [m, n] };
}

/** The unit matrix [n, n]. */
export function identityMatrix(n: number): Float64Array {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) out[i * n + i] = 1;
  return out;
}
