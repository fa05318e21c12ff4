import { ArgumentError } from "../../engine/errors/index.ts";
import { gemm, matvec, matvecTransposed } from "../../engine/linalg/index.ts";
import type { NdArray } from "../../engine/tensor/index.ts";
import {
  checkCount,
  type EnsembleOptions,
  ensembleEigen,
  ensembleEvidence,
  ensembleMean,
  ensembleSettings,
  fromEigen,
  transformed,
} from "../common/index.ts";
import type { Cycle, Method, Problem, RunContext } from "../method.ts";
import { ensembleWindows, type WindowSimulation, type WindowUpdate } from "./ensemble-window.ts";
import { type LayoutOptions, windowLayout } from "./layout.ts";

export interface IenksOptions
  extends Pick<EnsembleOptions, "members" | "inflation" | "rotate" | "onFailure">,
    LayoutOptions {
  /** Most Gauss-Newton iterations in a window, 10 by default. */
  readonly iterations?: number;
  /** The iteration has converged when the weights change by less, as a root mean square; 1e-4 by default. */
  readonly tolerance?: number;
}

/**
 * The iterative ensemble Kalman smoother: Gauss-Newton iterations for the state at the window's start, in the space of the ensemble, with the model run
 * by the members instead of an adjoint. A nonlinear 4D-Var with flow-dependent covariance. (iterations + 1) N runs of the window, O(N² (m + n) + N³) an
 * iteration. Inflation and rotation act at the window's start; the analysis is the ensemble run again from there.
 * @throws ArgumentError for options out of range
 * @throws CapabilityError (from `run`) for a problem with model error
 * @see [BocquetSakov2014] [SakovOliverBertino2012]
 */
export function ienks(options: IenksOptions): Method {
  const { iterations = 10, tolerance = 1e-4 } = options;
  checkCount("iterations", iterations, 1);
  if (!(tolerance >= 0)) throw new ArgumentError("tolerance", `expected a number of at least 0, got ${tolerance}`);
  const settings = ensembleSettings(options);
  const layout = windowLayout(options);
  const { members, inflation, rotate, onFailure } = settings;
  return Object.freeze({
    name: "ienks",
    options: { members, ...layout, iterations, tolerance, inflation, rotate, onFailure },
    run: (problem: Problem, context: RunContext): AsyncGenerator<Cycle, void, undefined> =>
      ensembleWindows(problem, context, {
        method: "ienks",
        settings,
        layout,
        update: (E, first, simulate) => gaussNewton(E, first, simulate, iterations, tolerance),
      }),
  });
}

/**
 * The minimum over weights w of ½ (N − 1) |w|² + ½ |dy(x̄ + wX)|². Anomalies are run as wide as the posterior of the iteration before, and made those of
 * the forecast again by the inverse of its transform.
 */
async function gaussNewton(
  E: NdArray,
  first: WindowSimulation,
  simulate: (E: NdArray) => Promise<WindowSimulation>,
  iterations: number,
  tolerance: number,
): Promise<WindowUpdate> {
  const N = E.shape[0]!;
  const k = N - 1;
  const mean = ensembleMean(E);
  const w = new Float64Array(N);
  let Tinverse: Float64Array | undefined;
  let ensemble = E;
  for (let iteration = 0; iteration < iterations; iteration++) {
    const { Y, dy } = iteration === 0 ? first : await simulate(ensemble);
    const Y0 = Tinverse === undefined ? Y : { data: gemm(N, dy.length, N, Tinverse, Y.data), shape: Y.shape };
    const { values, vectors, projected } = ensembleEigen(Y0, dy);
    // Vᵀ (Y0 dy − k w), and the step against the Gauss-Newton Hessian.
    const gradient = matvecTransposed(vectors, w, N, N).map((value, i) => projected[i]! - k * value);
    const step = matvec(
      vectors,
      gradient.map((value, i) => value / (values[i]! + k)),
      N,
      N,
    );
    let size = 0;
    for (let i = 0; i < N; i++) {
      w[i]! += step[i]!;
      size += step[i]! ** 2 / N;
    }
    const scales = values.map((value) => Math.sqrt(k / (value + k)));
    Tinverse = fromEigen(
      vectors,
      scales.map((scale) => 1 / scale),
    );
    ensemble = transformed(E, mean, w, fromEigen(vectors, scales));
    if (Math.sqrt(size) < tolerance) break;
  }
  return { ensemble, ...ensembleEvidence(first) };
}
