import { ArgumentError } from "../../engine/errors/index.ts";
import type { NdArray } from "../../engine/tensor/index.ts";
import { anomalies, ensembleDeviations, ensembleMean, recentre } from "./ensemble.ts";

/** Back from the analysis to the forecast by a part from 0 to 1: in spread, or in the anomalies themselves. */
export type Relaxation = { readonly rtps: number } | { readonly rtpp: number };

/** @throws ArgumentError for a part that isn't from 0 to 1 */
export function checkRelaxation(relaxation: Relaxation | undefined): void {
  if (relaxation === undefined) return;
  const [[name, part] = ["", Number.NaN], ...rest] = Object.entries(relaxation);
  if ((name !== "rtps" && name !== "rtpp") || rest.length > 0)
    throw new ArgumentError("relaxation", `expected { rtps } or { rtpp }, got ${Object.keys(relaxation).join(", ")}`);
  if (!(part >= 0 && part <= 1))
    throw new ArgumentError(`relaxation.${name}`, `expected a part from 0 to 1, got ${part}`);
}

/**
 * Analysed members [N, n] relaxed to the forecast ones. `rtps` α multiplies the anomalies of each variable by
 * 1 + α (σ_forecast − σ_analysis)/σ_analysis, `rtpp` α makes them (1 − α) analysis + α forecast. The mean stays.
 * @see [WhitakerHamill2012] [Zhang2004]
 */
export function relaxed(analysis: NdArray, forecast: NdArray, relaxation: Relaxation | undefined): NdArray {
  if (relaxation === undefined) return analysis;
  const n = analysis.shape[1]!;
  const mean = ensembleMean(analysis);
  const X = anomalies(analysis, mean).data;
  if ("rtpp" in relaxation) {
    const Xf = anomalies(forecast).data;
    for (let i = 0; i < X.length; i++) X[i] = (1 - relaxation.rtpp) * X[i]! + relaxation.rtpp * Xf[i]!;
  } else {
    const [before, after] = [ensembleDeviations(forecast), ensembleDeviations(analysis)];
    const factors = after.map((value, i) => (value > 0 ? 1 + (relaxation.rtps * (before[i]! - value)) / value : 1));
    for (let row = 0; row < X.length; row += n) for (let i = 0; i < n; i++) X[row + i]! *= factors[i]!;
  }
  return recentre(mean, { data: X, shape: analysis.shape });
}
