import { CapabilityError, CaseError, NumericalError } from "../../../engine/errors/index.ts";
import { gemm } from "../../../engine/linalg/index.ts";
import type { NdArray } from "../../../engine/tensor/index.ts";
import type { Observation } from "../../../problem/observe/index.ts";
import { type Operator, operatorMatrix } from "../../../problem/operators/index.ts";
import { assimilate } from "../../cycle/index.ts";
import type { LoadedCase } from "../load.ts";
import { burnInCycles } from "../summary.ts";
import { observe } from "../truth.ts";

/** What a run tells about its errors: rows are the cycles after the burn-in. */
export interface Collected {
  readonly operator: Operator;
  /** Cycles in all. */
  readonly cycles: number;
  /** y − H(x_b) and y − H(x_a), NaN where missing, [K, m]. */
  readonly innovations: NdArray;
  readonly residuals: NdArray;
  /** Analysis means [K, n]. */
  readonly analyses: NdArray;
  /** Mean over the cycles of the forecast ensemble's covariance as observed, [m, m]; of ensemble methods. */
  readonly ensemble?: Float64Array;
  /** Mean of 2 J at the minimum per observation, of variational methods. */
  readonly cost?: number;
  /** Model steps from one row to the next, where they are equal. */
  readonly every?: number;
  /** Time of the first row. */
  readonly time: number;
}

export interface CollectOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: { cycle: number; cycles: number; seconds: number }) => void;
}

/**
 * Runs a case's method over its observations.
 * @throws CaseError where operators differ between times or everything lies in the burn-in; CapabilityError for latent models
 */
export async function collect({ config, problem }: LoadedCase, options: CollectOptions): Promise<Collected> {
  const { model, network, background, modelError, method, climatology } = problem;
  const operator = network[0]!.operator;
  if (model.latent !== undefined)
    throw new CapabilityError("estimate", "works on physical variables; this case assimilates latent ones");
  if (network.some((place) => place.operator !== operator))
    throw new CaseError(
      "observations.operator",
      "expected one operator for all times: others have no common covariance",
    );
  const first = burnInCycles(
    config.burnIn,
    network.map(({ time }) => time),
  );
  if (network.length - first < 2)
    throw new CaseError("burnIn", `expected at least 2 cycles after it, got ${network.length - first}`);
  const { series } = await observe(problem, config.seed);
  const begin = performance.now();
  const rows: { d: Float64Array; r: Float64Array; mean: Float64Array }[] = [];
  const spread = { sum: new Float64Array(operator.outSize ** 2), count: 0 };
  const costs: number[] = [];
  const run = assimilate({
    ...{ model, background, modelError, method, climatology, observations: series, seed: config.seed },
    ...(options.signal && { signal: options.signal }),
  });
  for await (const { index, time, forecastMean, analysisMean, forecastEnsemble, window } of run) {
    options.onProgress?.({ cycle: index + 1, cycles: series.length, seconds: (performance.now() - begin) / 1000 });
    if (index < first) continue;
    const observation = series[index]!;
    const d = await departure(observation, forecastMean, time);
    rows.push({ d, r: await departure(observation, analysisMean, time), mean: analysisMean });
    if (forecastEnsemble !== undefined) await addSpread(spread, operator, forecastEnsemble, time);
    const [last] = window?.history.slice(-1) ?? [];
    const seen = d.filter((value) => !Number.isNaN(value)).length;
    if (last !== undefined && seen > 0) costs.push((2 * last[1]) / seen);
  }
  if (!rows.every(({ mean }) => mean.every(Number.isFinite)))
    throw new NumericalError("estimate", "the run has states that are not finite: nothing can be estimated from it", {
      code: "numerical/blow-up",
    });
  const steps = network.slice(first).map(({ step }) => step);
  const every = steps[1]! - steps[0]!;
  const even = steps.every((step, k) => k === 0 || step - steps[k - 1]! === every);
  return {
    operator,
    cycles: series.length,
    innovations: table(rows.map(({ d }) => d)),
    residuals: table(rows.map(({ r }) => r)),
    analyses: table(rows.map(({ mean }) => mean)),
    ...(spread.count > 0 && { ensemble: spread.sum.map((value) => value / spread.count) }),
    ...(costs.length > 0 && { cost: costs.reduce((a, b) => a + b, 0) / costs.length }),
    ...(even && every > 0 && { every }),
    time: network[first]!.time,
  };
}

async function departure({ operator, values }: Observation, x: Float64Array, time: number): Promise<Float64Array> {
  const seen = await operator.apply(x, time);
  return values.map((value, i) => value - seen[i]!);
}

async function addSpread(
  total: { sum: Float64Array; count: number },
  operator: Operator,
  E: NdArray,
  time: number,
): Promise<void> {
  const { data, shape } = await operator.applyBatch(E, time);
  const [N, m] = [shape[0]!, operator.outSize];
  const Y = data.slice();
  for (let i = 0; i < m; i++) {
    let mean = 0;
    for (let k = 0; k < N; k++) mean += data[k * m + i]! / N;
    for (let k = 0; k < N; k++) Y[k * m + i]! -= mean;
  }
  const product = gemm(m, m, N, Y, Y, { transA: true });
  for (let i = 0; i < product.length; i++) total.sum[i]! += product[i]! / (N - 1);
  total.count++;
}

function table(rows: readonly Float64Array[]): NdArray {
  const width = rows[0]?.length ?? 0;
  const data = new Float64Array(rows.length * width);
  rows.forEach((row, k) => {
    data.set(row, k * width);
  });
  return { data, shape: [rows.length, width] };
}

/** The matrix [m, n] of an operator or of its tangent at x; undefined where it has none. */
export async function linearised(operator: Operator, x: Float64Array): Promise<NdArray | undefined> {
  if (operator.linear) return operatorMatrix(operator);
  const { adjoint } = operator;
  if (adjoint === undefined) return undefined;
  const [m, n] = [operator.outSize, operator.inSize];
  const data = new Float64Array(m * n);
  const unit = new Float64Array(m);
  for (let i = 0; i < m; i++) {
    unit[i] = 1;
    data.set(await adjoint.call(operator, x, unit.slice()), i * n);
    unit[i] = 0;
  }
  return { data, shape: [m, n] };
}
