import { CapabilityError } from "../../engine/errors/index.ts";
import type { Evaluation, MinimizeResult, Minimizer } from "../../engine/minimize/index.ts";
import type { CorrelationRoot, Covariance } from "../../problem/covariance/index.ts";
import type { Operator } from "../../problem/operators/index.ts";
import { anomalies } from "../common/index.ts";
import type { ObservedMembers } from "./transform.ts";

/** What is observed at a time: members, the trajectory they are about, what it lacks, and where. */
export interface ObservedDepartures extends Pick<ObservedMembers, "HE" | "R" | "indices" | "observation"> {
  /** The trajectory at this time [n]. */
  readonly x: Float64Array;
  /** y − H(x) of what was seen. */
  readonly d: Float64Array;
  /** The variables at the places of what was seen. */
  readonly variables: Int32Array;
}

export interface EnsembleProblem {
  readonly method: string;
  /** The background at the window's start, and its covariance: of the static part and the ensemble's, in this order. */
  readonly mean: Float64Array;
  readonly covariance: Covariance;
  /** (1 − w) B, where the weight is below 1. */
  readonly fixed?: Covariance | undefined;
  readonly weight: number;
  /** Root of the taper; without it every member has one control. */
  readonly taper?: CorrelationRoot | undefined;
  readonly observed: readonly ObservedDepartures[];
  /** The control that the trajectory belongs to; zero by default. */
  readonly from?: Float64Array | undefined;
}

/** The analysed state at the window's start and how it was found. */
export interface EnsembleMinimum {
  readonly state: Float64Array;
  readonly minimization: MinimizeResult;
}

/**
 * Minimises ½|v|² + ½ Σ_k |d_k − S_k (v − v_from)|²_(R_k⁻¹), S_k being what is observed of an increment: of the static part the tangent
 * of H, the same at all times, of the ensemble's Σ_i y_i ∘ (T v_i) √w/√(N − 1). O(N n log n + N m) an evaluation.
 * @throws CapabilityError for a static part and an operator without derivative
 */
export async function solveEnsembleProblem(problem: EnsembleProblem, minimizer: Minimizer): Promise<EnsembleMinimum> {
  const { mean, covariance, fixed, observed, from } = problem;
  const size = covariance.sqrtSize;
  const split = fixed?.sqrtSize ?? 0;
  const members = split < size ? ensemblePart(problem) : undefined;
  const still = fixed && staticPart(problem.method, fixed, observed);
  let parts = { Jb: 0, Jo: 0 };
  const evaluate = async (v: Float64Array): Promise<Evaluation> => {
    const departure = from === undefined ? v : v.map((value, i) => value - from[i]!);
    const residuals = observed.map(({ d }) => d.slice());
    await still?.subtract(departure.slice(0, split), residuals);
    members?.subtract(departure.slice(split), residuals);
    const weighted = observed.map(({ R }, k) => R.solve(residuals[k]!));
    const gradient = v.slice();
    const pull = new Float64Array(size);
    if (still !== undefined) pull.set(await still.transposed(weighted));
    if (members !== undefined) pull.set(members.transposed(weighted), split);
    let [Jb, Jo] = [0, 0];
    for (let i = 0; i < size; i++) {
      Jb += 0.5 * v[i]! * v[i]!;
      gradient[i] = gradient[i]! - pull[i]!;
    }
    residuals.forEach((r, k) => {
      for (let j = 0; j < r.length; j++) Jo += 0.5 * r[j]! * weighted[k]![j]!;
    });
    parts = { Jb, Jo };
    return { value: Jb + Jo, gradient };
  };
  /** (I + Σ SᵀR⁻¹S) v: what the residuals change by, weighted and sent back. */
  const curvature = async (_: Float64Array, v: Float64Array): Promise<Float64Array> => {
    const changes = observed.map(({ d }) => new Float64Array(d.length));
    await still?.subtract(v.slice(0, split), changes);
    members?.subtract(v.slice(split), changes);
    const weighted = observed.map(({ R }, k) => R.solve(changes[k]!));
    const out = v.slice();
    const pull = new Float64Array(size);
    if (still !== undefined) pull.set(await still.transposed(weighted));
    if (members !== undefined) pull.set(members.transposed(weighted), split);
    for (let i = 0; i < size; i++) out[i] = out[i]! - pull[i]!;
    return out;
  };
  const objective = { size, evaluate, curvature, parts: () => parts };
  const minimization = await minimizer.minimizeAsync(objective, from ?? new Float64Array(size));
  const increment = covariance.applySqrt(minimization.x);
  return { state: mean.map((value, i) => value + increment[i]!), minimization };
}

/** S of the ensemble's controls [N · rank]. */
function ensemblePart({ weight, taper, observed }: EnsembleProblem) {
  const { rank, points } = taper ?? { rank: 1, points: 1 };
  const N = observed[0]!.HE.shape[0]!;
  const times = observed.map(({ HE, variables }) => ({
    Y: anomalies(HE).data.map((value) => value * Math.sqrt(weight / (N - 1))),
    at: variables.map((variable) => variable % points),
  }));
  return {
    subtract(v: Float64Array, residuals: readonly Float64Array[]): void {
      for (let i = 0; i < N; i++) {
        const own = v.slice(i * rank, (i + 1) * rank);
        const field = taper === undefined ? own : taper.apply(own);
        times.forEach(({ Y, at }, k) => {
          const r = residuals[k]!;
          const m = r.length;
          for (let j = 0; j < m; j++) r[j] = r[j]! - Y[i * m + j]! * field[at[j]!]!;
        });
      }
    },
    transposed(weighted: readonly Float64Array[]): Float64Array {
      const out = new Float64Array(N * rank);
      for (let i = 0; i < N; i++) {
        const field = new Float64Array(points);
        times.forEach(({ Y, at }, k) => {
          const w = weighted[k]!;
          const m = w.length;
          for (let j = 0; j < m; j++) field[at[j]!] = field[at[j]!]! + Y[i * m + j]! * w[j]!;
        });
        out.set(taper === undefined ? field : taper.transposed(field), i * rank);
      }
      return out;
    },
  };
}

/** S of the static part's controls. */
function staticPart(method: string, fixed: Covariance, observed: readonly ObservedDepartures[]) {
  return {
    async subtract(v: Float64Array, residuals: readonly Float64Array[]): Promise<void> {
      const increment = fixed.applySqrt(v);
      for (const [k, { observation, x, indices }] of observed.entries()) {
        const { tangent } = derivatives(method, observation.operator);
        const seen = await tangent(x, increment, observation.time);
        const r = residuals[k]!;
        for (let j = 0; j < r.length; j++) r[j] = r[j]! - seen[indices[j]!]!;
      }
    },
    async transposed(weighted: readonly Float64Array[]): Promise<Float64Array> {
      const sum = new Float64Array(fixed.size);
      for (const [k, { observation, x, indices }] of observed.entries()) {
        const { operator, time } = observation;
        const all = new Float64Array(operator.outSize);
        indices.forEach((place, j) => {
          all[place] = weighted[k]![j]!;
        });
        const back = await derivatives(method, operator).adjoint(x, all, time);
        for (let i = 0; i < sum.length; i++) sum[i] = sum[i]! + back[i]!;
      }
      return fixed.applySqrtTransposed(sum);
    },
  };
}

/** @throws CapabilityError for an operator that a static increment can't be seen through */
export function derivatives(method: string, operator: Operator): Required<Pick<Operator, "tangent" | "adjoint">> {
  const { name, tangent, adjoint } = operator;
  if (tangent === undefined || adjoint === undefined)
    throw new CapabilityError(
      method,
      `with a weight below 1 it needs the derivative of "${name}", which is a plain function: give it as a formula on tensors or with its tangent and adjoint, or take weight: 1`,
    );
  return { tangent: tangent.bind(operator), adjoint: adjoint.bind(operator) };
}
