import { scan, type Tensor, type TensorLike, tensor } from "../../engine/graph/index.ts";

/** A linear Gaussian problem on tensors, each of which may depend on what is differentiated by. */
export interface TracedKalmanInput {
  /** Propagator F [n, n] from one observation time to the next, and the covariance Q [n, n] of the error that it adds. */
  readonly propagator: Tensor;
  readonly modelError: Tensor;
  /** H [m, n] and R [m, m]. */
  readonly operator: Tensor;
  readonly error: Tensor;
  /** Distribution one interval before the first observation: [n] and [n, n]. */
  readonly mean: Tensor;
  readonly covariance: Tensor;
  /** y_1 … y_K, [K, m], none missing. */
  readonly observations: TensorLike;
}

/** What the filter finds, on tensors. */
export interface TracedKalmanResult {
  /** ln p(y_1 … y_K). */
  readonly logEvidence: Tensor;
  /** Analysed means [K, n], and the last covariance [n, n]. */
  readonly means: Tensor;
  readonly covariance: Tensor;
}

/**
 * The Kalman filter as a part of a graph: `grad` of the log evidence is exact, with respect to the propagator, the noise levels
 * or what they are made of. Joseph's form of the update. O(K (n³ + m³)), its derivative about three times that.
 * @see [Kalman1960]
 */
export function tracedKalman(input: TracedKalmanInput): TracedKalmanResult {
  const { propagator: F, modelError: Q, operator: H, error: R, observations } = input;
  const [m, n] = H.shape as [number, number];
  const identity = unit(n);
  const { carry, ys } = scan(
    ([x, P, total], [y]) => {
      const forecast = F.matmul(x!);
      const spread = F.matmul(P!).matmul(F.transpose()).add(Q);
      const cross = spread.matmul(H.transpose());
      const { logDensity, solve } = innovationDensity(H.matmul(cross).add(R), y!.sub(H.matmul(forecast)), m);
      const gain = solve(cross.transpose()).transpose();
      const analysis = forecast.add(gain.matmul(y!.sub(H.matmul(forecast))));
      const rest = identity.sub(gain.matmul(H));
      const after = rest.matmul(spread).matmul(rest.transpose()).add(gain.matmul(R).matmul(gain.transpose()));
      return { carry: [analysis, after, total!.add(logDensity)], ys: [analysis] };
    },
    [input.mean, input.covariance, tensor(0)],
    [observations],
  );
  return { logEvidence: carry[2]!, means: ys[0]!, covariance: carry[1]! };
}

/** ln p(d) for d ~ N(0, S), and products with S⁻¹, by Cholesky's factor. */
export function innovationDensity(
  S: Tensor,
  d: Tensor,
  m: number,
): { readonly logDensity: Tensor; solve(right: Tensor): Tensor } {
  const L = S.cholesky();
  const white = L.triangularSolve(d);
  const logDiagonal = L.mul(unit(m)).sum(1).log().sum();
  return {
    logDensity: white
      .square()
      .sum()
      .mul(-0.5)
      .sub(logDiagonal)
      .sub(0.5 * m * Math.log(2 * Math.PI)),
    solve: (right) => L.triangularSolve(L.triangularSolve(right), { transposed: true }),
  };
}

/** The unit matrix. */
function unit(n: number): Tensor {
  return tensor({ data: Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0)), shape: [n, n] });
}
