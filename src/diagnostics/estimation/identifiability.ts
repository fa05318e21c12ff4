import { NumericalError } from "../../engine/errors/index.ts";
import { cholesky, choleskySolve, symmetricEigen } from "../../engine/linalg/index.ts";

/** What innovations can tell about parameters of their covariance. */
export interface Identifiability {
  /** Whether the parameters can be told apart at all. */
  readonly identifiable: boolean;
  /** Standard errors of the logarithms of the parameters from this many cases; Infinity where they can't be told apart. */
  readonly standardErrors: Float64Array;
  /** Smallest eigenvalue of the information with unit diagonal, 1 for parameters that don't disturb each other, 0 for the same thing twice. */
  readonly separation: number;
  /** What to tell the user, empty when all is well. */
  readonly warning: string;
}

/** Below this separation nothing can be told apart, below the other one hardly. */
const none = 1e-8;
const weak = 1e-2;

/**
 * The Fisher information of K Gaussian innovations about the logarithms of scales of parts of S: ½ K tr(S⁻¹ S_i S⁻¹ S_j) for parts S_i [m, m],
 * and what follows from it. O(p m³).
 * @throws NumericalError when S isn't positive definite
 * @see [Dee1995]
 */
export function identifiability(
  S: Float64Array,
  parts: readonly Float64Array[],
  m: number,
  cases: number,
): Identifiability {
  const result = cholesky(S, m);
  if (!result.ok)
    throw new NumericalError("S", "expected a positive definite innovation covariance, got one that isn't", {
      code: "numerical/indefinite",
    });
  const { L } = result;
  const solved = parts.map((part) => choleskySolve(L, m, part, m));
  const p = parts.length;
  const F = new Float64Array(p * p);
  for (let i = 0; i < p; i++)
    for (let j = 0; j < p; j++) {
      let sum = 0;
      for (let a = 0; a < m; a++) for (let b = 0; b < m; b++) sum += solved[i]![a * m + b]! * solved[j]![b * m + a]!;
      F[i * p + j] = (cases * sum) / 2;
    }
  return fromInformation(F, p);
}

/** The same from an information matrix [p, p] of the parameters. */
export function fromInformation(F: Float64Array, p: number): Identifiability {
  const scale = Float64Array.from({ length: p }, (_, i) => Math.sqrt(Math.max(F[i * p + i]!, 0)));
  const silent = scale.findIndex((value) => !(value > 0));
  if (silent >= 0)
    return {
      identifiable: false,
      standardErrors: scale.map((value) => (value > 0 ? 1 / value : Number.POSITIVE_INFINITY)),
      separation: 0,
      warning: `not identifiable: the innovations don't depend on parameter ${silent}`,
    };
  const unit = F.map((value, at) => value / (scale[Math.floor(at / p)]! * scale[at % p]!));
  const { values, vectors } = symmetricEigen(unit, p);
  const separation = Math.max(0, values[0]!);
  const identifiable = separation > none;
  const standardErrors = scale.map((value, i) => {
    if (!identifiable) return Math.abs(vectors[i * p]!) > 1e-6 ? Number.POSITIVE_INFINITY : 1 / value;
    let variance = 0;
    for (let k = 0; k < p; k++) variance += vectors[i * p + k]! ** 2 / Math.max(values[k]!, none);
    return Math.sqrt(variance) / value;
  });
  return { identifiable, standardErrors, separation, warning: warningOf(separation) };
}

function warningOf(separation: number): string {
  if (separation <= none)
    return "not identifiable: the parts of the innovation covariance have the same structure, so that innovations can't tell them apart; the result keeps the ratio of the first guess";
  if (separation < weak)
    return `hardly identifiable (separation ${separation.toExponential(1)}): the parts of the innovation covariance have nearly the same structure; see the standard errors`;
  return "";
}
