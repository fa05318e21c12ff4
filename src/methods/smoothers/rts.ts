import { ArgumentError, CapabilityError } from "../../engine/errors/index.ts";
import { gemm, qr, svd } from "../../engine/linalg/index.ts";
import type { NdArray } from "../../engine/tensor/index.ts";
import {
  addRoots,
  type GaussianMethod,
  type GaussianState,
  rootDeviations,
  type Stage,
  sequential,
} from "../common/index.ts";
import type { Cycle, Method, Problem, RunContext } from "../method.ts";

export interface RtsOptions {
  /** The filter that goes before: `kalman`, `extendedKalman` or `unscentedKalman`. */
  readonly filter: GaussianMethod;
}

/** Standard deviations up to this part of the largest one: the root of the rounding error. */
const negligible = 1e-8;

/**
 * The Rauch-Tung-Striebel smoother: after a whole run of a Gaussian filter a pass backwards gives every time the mean and covariance given all
 * observations. In square-root form, nothing is subtracted. O(n³) a stretch, and the roots of all stretches are kept: an interval each, a step
 * each where there is model error. Cycles come when the whole run is done; it can't be resumed.
 * @throws ArgumentError for another filter
 * @throws CapabilityError (from `run`) for an unscented filter with a negative central weight
 * @see [Rauch1965] [Sarkka2008]
 */
export function rts({ filter }: RtsOptions): Method {
  if (typeof filter?.filter !== "function")
    throw new ArgumentError("filter", `expected kalman, extended-kalman or unscented-kalman, got ${filter?.name}`);
  return Object.freeze({
    name: "rts",
    options: { filter: { name: filter.name, ...filter.options } },
    async *run(problem: Problem, context: RunContext): AsyncGenerator<Cycle, void, undefined> {
      if (context.resume !== undefined)
        throw new CapabilityError("rts", "can't be resumed: the pass backwards needs the whole run; run it anew");
      const stages = new Map<number, Stage[]>();
      const forward = filter.filter(problem, context, (cycle, stage) => {
        const list = stages.get(cycle);
        if (list === undefined) stages.set(cycle, [stage]);
        else list.push(stage);
      });
      const cycles: Cycle[] = [];
      const states: GaussianState[] = [];
      for await (const cycle of sequential(problem, context, {
        ...forward,
        save: (state) => {
          states.push(state);
          return {};
        },
      }))
        cycles.push(cycle);
      const smoothed: GaussianState[] = [];
      let state = states.at(-1);
      for (let k = cycles.length - 1; k >= 0 && state !== undefined; k--) {
        smoothed[k] = state;
        for (const stage of (stages.get(k) ?? []).reverse()) state = smoothStage(stage, state);
      }
      for (const [k, { state: _, ...cycle }] of cycles.entries()) {
        const { mean, root } = smoothed[k]!;
        yield { ...cycle, smootherMean: mean, smootherSpread: rootDeviations(root) };
      }
    },
  });
}

/**
 * The state at a stretch's beginning given that at its end. Of the joint root [end | beginning] = Q [A C; 0 D] the conditional mean is
 * x + Cᵀ A⁻ᵀ (end − forecast), and the root of the covariance has the rows A⁻¹C of the end's root and D.
 * @see [Rauch1965]
 */
export function smoothStage({ mean, root, next, images, noise }: Stage, after: GaussianState): GaussianState {
  const n = mean.length;
  const rows = noise.reduce((sum, { shape }) => sum + shape[0]!, images.shape[0]!);
  const joint = new Float64Array(Math.max(rows, 2 * n) * 2 * n);
  const put = (part: NdArray, first: number, column: number): void => {
    for (let row = 0; row < part.shape[0]!; row++)
      joint.set(part.data.subarray(row * n, (row + 1) * n), (first + row) * 2 * n + column);
  };
  put(images, 0, 0);
  put(root, 0, n);
  let at = images.shape[0]!;
  for (const part of noise) {
    put(part, at, 0);
    at += part.shape[0]!;
  }
  const { R } = qr(joint, Math.max(rows, 2 * n), 2 * n);
  const [A, C, D] = [new Float64Array(n * n), new Float64Array(n * n), new Float64Array(n * n)];
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      A[i * n + j] = R[i * 2 * n + j]!;
      C[i * n + j] = R[i * 2 * n + n + j]!;
      D[i * n + j] = R[(n + i) * 2 * n + n + j]!;
    }
  // The gain's transpose A⁻¹C. Directions of hardly any variance at the end say nothing about the beginning: what A⁻¹ would do with rounding
  // grows backwards from stretch to stretch where the model contracts. What they explained goes to the rest.
  const { U, S, V } = svd(A, n, n);
  const projected = gemm(n, n, n, U, C, { transA: true });
  const dropped = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    const kept = S[i]! > negligible * S[0]!;
    for (let j = 0; j < n; j++) {
      if (!kept) dropped[i * n + j] = projected[i * n + j]!;
      projected[i * n + j] = kept ? projected[i * n + j]! / S[i]! : 0;
    }
  }
  const gain = gemm(n, n, n, V, projected);
  const shift = gemm(
    1,
    n,
    n,
    after.mean.map((value, i) => value - next[i]!),
    gain,
  );
  const carried = gemm(after.root.shape[0]!, n, n, after.root.data, gain);
  return {
    mean: mean.map((value, i) => value + shift[i]!),
    root: addRoots(addRoots({ data: carried, shape: [after.root.shape[0]!, n] }, { data: D, shape: [n, n] }), {
      data: dropped,
      shape: [n, n],
    }),
  };
}
