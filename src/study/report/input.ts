import { ShapeError } from "../../engine/errors/index.ts";
import { type NdArray, shapeText, sizeOf } from "../../engine/tensor/index.ts";

/** One run of a case, as far as a report shows it. What is absent has no figure. */
export interface ReportRun {
  /** Method name for comparisons. */
  readonly label: string;
  /** summary.json's object. */
  readonly summary: Record<string, unknown>;
  /** Analysis times `[cycles]`. */
  readonly times: Float64Array;
  /** How many of the first cycles the scores leave out. */
  readonly burnInCycles: number;
  /** `[cycles, n]`. */
  readonly truth?: NdArray;
  /** `[cycles, n]`. */
  readonly forecastMean: NdArray;
  /** `[cycles, n]`. */
  readonly analysisMean: NdArray;
  /** Standard deviations after the analysis `[cycles, n]`. */
  readonly spread?: NdArray;
  /** `[cycles, m]`, NaN where missing. */
  readonly observations?: NdArray;
  /** State index of each observation component when H picks components. */
  readonly observedIndices?: ArrayLike<number>;
  /** Per cycle; computed from `truth` and `forecastMean` when absent. */
  readonly rmseForecast?: Float64Array;
  /** Per cycle; computed from `truth` and `analysisMean` when absent. */
  readonly rmseAnalysis?: Float64Array;
  /** Per cycle. */
  readonly spreadForecast?: Float64Array;
  /** Per cycle; computed from `spread` when absent. */
  readonly spreadAnalysis?: Float64Array;
  /** Per cycle: innovation chi-square divided by the number of observations. */
  readonly chi2?: Float64Array;
  /** Rows of [window, iteration, J, Jb, Jo, gradientNorm]. */
  readonly cost?: NdArray;
  /** One count per rank. */
  readonly rankHistogram?: ArrayLike<number>;
  /** `[n]`, a ring or line, or `[ny, nx]` (or `[fields, ny, nx]`): the state is shown as an image. */
  readonly fieldShape?: readonly number[];
}

/** What a report is made of. */
export interface ReportInput {
  readonly title: string;
  /** Program and version, for instance `onda 0.1.0`. */
  readonly createdBy: string;
  /** One run, or several compared on the same truth. */
  readonly runs: readonly ReportRun[];
  /** The resolved case as YAML. */
  readonly caseText: string;
  /** Remarks shown under the result. */
  readonly notes?: readonly string[];
}

/**
 * Checks that the arrays of a run belong together.
 * @throws ShapeError naming the array, for instance `runs[0].truth`
 */
export function checkRun(run: ReportRun, place: string): void {
  const cycles = run.times.length;
  const n = run.analysisMean.shape[1] ?? 0;
  const expect = (name: string, array: NdArray | undefined, shape: readonly (number | undefined)[]): void => {
    if (array === undefined) return;
    const fits =
      array.shape.length === shape.length &&
      shape.every((extent, axis) => extent === undefined || extent === array.shape[axis]) &&
      sizeOf(array.shape) === array.data.length;
    if (fits) return;
    const wanted = `(${shape.map((extent) => extent ?? "any").join(", ")})`;
    throw new ShapeError(`${place}.${name}`, `expected shape ${wanted}, got ${shapeText(array.shape)}`);
  };
  expect("analysisMean", run.analysisMean, [cycles, undefined]);
  expect("forecastMean", run.forecastMean, [cycles, n]);
  expect("truth", run.truth, [cycles, n]);
  expect("spread", run.spread, [cycles, n]);
  expect("observations", run.observations, [cycles, undefined]);
  expect("cost", run.cost, [undefined, 6]);
  const { rmseForecast, rmseAnalysis, spreadForecast, spreadAnalysis, chi2 } = run;
  for (const [name, series] of Object.entries({ rmseForecast, rmseAnalysis, spreadForecast, spreadAnalysis, chi2 }))
    if (series !== undefined && series.length !== cycles)
      throw new ShapeError(`${place}.${name}`, `expected ${cycles} cycles, got ${series.length}`);
  const m = run.observations?.shape[1];
  if (run.observedIndices !== undefined && m !== undefined && run.observedIndices.length !== m)
    throw new ShapeError(`${place}.observedIndices`, `expected ${m} indices, got ${run.observedIndices.length}`);
  if (run.fieldShape !== undefined && sizeOf(run.fieldShape) !== n)
    throw new ShapeError(`${place}.fieldShape`, `expected ${n} elements, got shape ${shapeText(run.fieldShape)}`);
}
