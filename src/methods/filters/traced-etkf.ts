import { inverseSquareRoot, scan, type Tensor, tensor } from "../../engine/graph/index.ts";
import type { TracedEnkfInput, TracedEnkfResult } from "./traced-enkf.ts";
import { memberwise } from "./traced-members.ts";

/** An ensemble transform filter's problem on tensors; everything as for `tracedEnkf`. */
export type TracedEtkfInput = Omit<TracedEnkfInput, "perturbations" | "localization">;

/**
 * The ensemble transform Kalman filter as a part of a graph: mean and members are those of `etkf` to rounding, with the symmetric square root by
 * products alone, and `grad` of the log evidence is that of the very filter. With whitened anomalies Y and G = Y Yᵀ + (N − 1) I: weights
 * w = G⁻¹ Y d, transform sqrt(N − 1) G^(−1/2). O(K (N·forecast + m³ + N² (m + n) + 240 N³)), its derivative about three times that.
 * @see [Bishop2001] [Hunt2007] [Chen2022]
 */
export function tracedEtkf(input: TracedEtkfInput): TracedEnkfResult {
  const { error, observations, noise, inflation = 1 } = input;
  const N = input.ensemble.shape[0]!;
  const m = error.shape[0]!;
  const k = N - 1;
  const identity = unit(N);
  const root = error.cholesky();
  const errorLogs = logDiagonal(root);
  const { carry, ys } = scan(
    ([E, total], [y, steps]) => {
      const forecast = memberwise((x, w) => input.forecast(x, w), E!, steps);
      const seen = memberwise((x) => input.observe(x), forecast);
      const [mean, meanSeen] = [forecast.mean(0), seen.mean(0)];
      const X = forecast.sub(mean);
      const Y = root.triangularSolve(seen.sub(meanSeen).transpose()).transpose();
      const d = root.triangularSolve(y!.sub(meanSeen));
      const G = Y.matmul(Y.transpose()).add(identity.mul(k));
      const L = G.cholesky();
      const w = L.triangularSolve(L.triangularSolve(Y.matmul(d)), { transposed: true });
      const analysed = mean.add(w.matmul(X));
      const transformed = inverseSquareRoot(G).mul(Math.sqrt(k)).matmul(X).mul(inflation);
      // ln N(d; 0, Y Yᵀ/k + I), the quadratic form as twice the cost at its minimum: nothing cancels.
      const square = d.sub(w.matmul(Y)).square().sum().add(w.square().sum().mul(k));
      const logs = logDiagonal(L)
        .sub(0.5 * N * Math.log(k))
        .add(errorLogs)
        .add(0.5 * m * Math.log(2 * Math.PI));
      return {
        carry: [analysed.add(transformed), total!.sub(square.mul(0.5)).sub(logs)],
        ys: [analysed],
      };
    },
    [input.ensemble, tensor(0)],
    noise === undefined ? [observations] : [observations, noise],
  );
  return { logEvidence: carry[1]!, means: ys[0]!, ensemble: carry[0]! };
}

/** Σ ln L_ii. */
function logDiagonal(L: Tensor): Tensor {
  return L.mul(unit(L.shape[0]!)).sum(1).log().sum();
}

function unit(n: number): Tensor {
  return tensor({ data: Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0)), shape: [n, n] });
}
