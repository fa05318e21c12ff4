import { ArgumentError } from "../../engine/errors/index.ts";
import type { RandomStream } from "../../engine/random/index.ts";
import type { NdArray } from "../../engine/tensor/index.ts";
import { scalarCovariance } from "../../problem/covariance/index.ts";
import {
  anomalies,
  checkCount,
  type EnsembleOptions,
  ensembleEvidence,
  ensembleMean,
  ensembleSettings,
  innovationCovariance,
  squareRootAnalysis,
} from "../common/index.ts";
import type { Cycle, Method, Problem, RunContext } from "../method.ts";
import { ensembleWindows, type WindowSimulation } from "./ensemble-window.ts";
import { type LayoutOptions, windowLayout } from "./layout.ts";

export interface EsMdaOptions
  extends Pick<EnsembleOptions, "members" | "inflation" | "rotate" | "onFailure">,
    LayoutOptions {
  /** How many times a window's observations are assimilated, 4 by default, each time with errors as much larger. */
  readonly iterations?: number;
  /** Factors on R of each of them instead of their number: their inverses sum to 1. */
  readonly factors?: readonly number[];
  /** `square-root` (default): deterministic updates; `perturbed`: with perturbed observations, as published. */
  readonly update?: "square-root" | "perturbed";
}

/**
 * The ensemble smoother with multiple data assimilation: a window's observations are assimilated several times with errors made larger, each time
 * into the members at the window's start, which are run again in between. One window over all times (lag and shift their number) is the
 * published history matching. (iterations + 1) N runs of the window, O(N² (m + n) + N³) an iteration.
 * @throws ArgumentError for options out of range
 * @throws CapabilityError (from `run`) for a problem with model error
 * @see [EmerickReynolds2013]
 */
export function esMda(options: EsMdaOptions): Method {
  const { iterations = options.factors?.length ?? 4, update = "square-root" } = options;
  checkCount("iterations", iterations, 1);
  if (update !== "square-root" && update !== "perturbed")
    throw new ArgumentError("update", `expected square-root or perturbed, got ${update}`);
  const factors = options.factors ?? new Array<number>(iterations).fill(iterations);
  const sum = factors.reduce((total, factor) => total + 1 / factor, 0);
  if (factors.length !== iterations || !factors.every((factor) => factor > 0) || Math.abs(sum - 1) > 1e-9)
    throw new ArgumentError(
      "factors",
      `expected ${iterations} positive numbers whose inverses sum to 1, got ${factors.join(", ")}`,
    );
  const settings = ensembleSettings(options);
  const layout = windowLayout(options);
  const { members, inflation, rotate, onFailure } = settings;
  return Object.freeze({
    name: "es-mda",
    options: { members, ...layout, iterations, factors, update, inflation, rotate, onFailure },
    run: (problem: Problem, context: RunContext): AsyncGenerator<Cycle, void, undefined> =>
      ensembleWindows(problem, context, {
        method: "es-mda",
        settings,
        layout,
        async update(E, first, simulate, window) {
          const stream = context.streams.stream("perturbation", window);
          let ensemble = E;
          for (const [i, factor] of factors.entries()) {
            const seen = i === 0 ? first : await simulate(ensemble);
            ensemble = assimilated(ensemble, seen, factor, update === "perturbed" ? stream : undefined);
          }
          return { ensemble, ...ensembleEvidence(first) };
        },
      }),
  });
}

/** One assimilation with errors of `factor` times the variance: by square roots, or with draws from a stream. */
function assimilated(E: NdArray, seen: WindowSimulation, factor: number, stream: RandomStream | undefined): NdArray {
  const mean = ensembleMean(E);
  const scale = 1 / Math.sqrt(factor);
  const Y = { data: seen.Y.data.map((value) => value * scale), shape: seen.Y.shape };
  const dy = seen.dy.map((value) => value * scale);
  const [N, m] = [Y.shape[0]!, dy.length];
  const unit = scalarCovariance(m, 1);
  if (stream === undefined) return squareRootAnalysis({ E, mean, Y, dy }, unit).ensemble;
  const draws = anomalies({ data: stream.normals(N * m), shape: [N, m] });
  const widen = Math.sqrt(N / (N - 1));
  const D = draws.data.map((value, at) => dy[at % m]! - Y.data[at]! + widen * value);
  const increments = innovationCovariance(Y, unit).increments({ data: D, shape: [N, m] }, anomalies(E, mean));
  return { data: increments.data.map((value, at) => E.data[at]! + value), shape: E.shape };
}
