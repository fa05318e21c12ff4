import { ArgumentError } from "../../engine/errors/index.ts";
import type { ArrayLike64, NdArray } from "../../engine/tensor/index.ts";
import type { Model } from "../../problem/models/index.ts";
import { centred, completeCases } from "./cases.ts";

export interface LaggedForecastOptions {
  readonly model: Model;
  /** Analyses [K, n], `every` steps apart, from which forecasts start. */
  readonly analyses: ArrayLike64;
  /** Model steps between analyses. */
  readonly every: number;
  /** Lengths of the two forecasts, in numbers of `every`; 1 and 2 by default. */
  readonly lags?: readonly [number, number];
  /** Time of the first analysis, 0 by default. */
  readonly time?: number;
}

/**
 * Differences of two forecasts of different length for the same time, about their mean, a row each: [pairs, n]. Times √(factor/(pairs − 1)) they are the members of
 * B by the NMC method. Two forecasts an analysis.
 * @throws ArgumentError for lags that don't increase and for too few analyses; ShapeError for analyses of another size
 * @see [ParrishDerber1992]
 */
export async function laggedDifferences(options: LaggedForecastOptions): Promise<NdArray> {
  const { model, every, lags = [1, 2], time = 0 } = options;
  const cases = completeCases(options.analyses, "analyses", 2, model.size);
  const [short, long] = lags;
  if (!Number.isInteger(short) || !Number.isInteger(long) || short < 1 || long <= short)
    throw new ArgumentError("lags", `expected two increasing positive integers, got ${lags.join(", ")}`);
  const { count, m: n } = cases;
  const pairs = count - (long - short);
  if (pairs < 2)
    throw new ArgumentError("analyses", `expected at least ${long - short + 2} analyses for these lags, got ${count}`);
  const from = (k: number, lag: number) =>
    model.advance(lag * every).apply(cases.data.slice(k * n, (k + 1) * n), time + k * every * model.dt);
  const data = new Float64Array(pairs * n);
  for (let k = 0; k < pairs; k++) {
    const [older, newer] = [await from(k, long), await from(k + long - short, short)];
    for (let i = 0; i < n; i++) data[k * n + i] = older[i]! - newer[i]!;
  }
  const rows = { data, count: pairs, m: n, incomplete: 0 };
  return { data: centred(rows), shape: [pairs, n] };
}
