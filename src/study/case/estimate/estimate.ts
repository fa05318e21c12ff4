import {
  degreesOfFreedom,
  desroziers,
  desroziersIteration,
  hollingsworthLonnberg,
  laggedDifferences,
  maximumLikelihood,
  recondition,
  scaledParts,
} from "../../../diagnostics/index.ts";
import { OndaError } from "../../../engine/errors/index.ts";
import { cholesky, choleskySolve } from "../../../engine/linalg/index.ts";
import type { NdArray } from "../../../engine/tensor/index.ts";
import { modelDomain } from "../../../methods/common/index.ts";
import { type Domain, placeOf, placesDomain } from "../../../problem/localization/index.ts";
import { type LoadCaseOptions, type LoadedCase, loadCase } from "../load.ts";
import { version } from "../version.ts";
import { vocabulary } from "../vocabulary.ts";
import { asObserved, assumedBackground, assumedErrors } from "./assumed.ts";
import { type Collected, type CollectOptions, collect, linearised } from "./collect.ts";

/** A standard deviation (root mean square over the observations) and, where it is known, its standard error. */
export interface EstimatedDeviation {
  readonly value: number;
  readonly error?: number;
}

/** Estimates of one covariance by the name of the method. */
export type Estimates = Readonly<Partial<Record<EstimationMethod, EstimatedDeviation>>>;
/** How a covariance was estimated; `assumed` is the case's own. */
export type EstimationMethod =
  | "assumed"
  | "desroziers"
  | "desroziersIterated"
  | "maximumLikelihood"
  | "hollingsworthLonnberg";

/** summary.json of an estimate. */
export interface EstimateSummary {
  readonly onda: string;
  readonly case: string;
  readonly method: string;
  readonly seed: number;
  /** Cycles in all, after the burn-in, and of these without a missing observation. */
  readonly cycles: { readonly all: number; readonly used: number; readonly complete: number };
  readonly observations: number;
  readonly innovation: { readonly mean: number; readonly chi2?: number };
  /** Mean of 2 J per observation at the minimum. */
  readonly cost?: number;
  readonly degreesOfFreedom?: number;
  readonly observationError: Estimates;
  /** In the space of the observations. */
  readonly backgroundError: Estimates;
  /** Factors on the assumed covariances by maximum likelihood, with standard errors of their logarithms. */
  readonly factors?: {
    readonly R: { readonly value: number; readonly error: number };
    readonly B: { readonly value: number; readonly error: number };
  };
  /** Length of the correlation fitted to innovations. */
  readonly length?: EstimatedDeviation;
  readonly warnings: readonly string[];
}

export interface CaseEstimate {
  readonly summary: EstimateSummary;
  /** R, HBHt, innovations, residuals; B and BMembers where forecasts of two lengths could be compared. */
  readonly arrays: Readonly<Record<string, NdArray>>;
  /** What to write into the case, as YAML. */
  readonly snippet: string;
}

/** The largest state for which B is made a matrix; at most so many members stand for it. */
const largestMatrix = 1000;
const mostMembers = 100;
/** χ² per observation from which on a run probably isn't near the truth. */
const lost = 4;

/**
 * Runs a case and estimates R and B from its departures: Desroziers' statistics, maximum likelihood of factors on what was assumed, covariances by distance, and
 * forecasts of two lengths, each where the case allows it; what innovations can't tell is among the warnings.
 * @throws CaseError, CapabilityError for cases without a common operator or with latent states; NumericalError when the run fails
 */
export async function estimateCase(
  input: unknown,
  options: LoadCaseOptions & CollectOptions = {},
): Promise<CaseEstimate> {
  const loaded = await loadCase(input, options);
  const collected = await collect(loaded, options);
  const { operator, innovations, residuals } = collected;
  const m = operator.outSize;
  const warnings: string[] = [];
  const attempt = async <T>(what: string, make: () => T | Promise<T>): Promise<T | undefined> => {
    try {
      return await make();
    } catch (error) {
      if (!(error instanceof OndaError)) throw error;
      warnings.push(`${what}: ${error.message}`);
      return undefined;
    }
  };
  const consistent = desroziers({ innovations, residuals });
  if (consistent.asymmetry > 0.2)
    warnings.push(
      `Desroziers: ⟨r dᵀ⟩ is far from symmetric (${consistent.asymmetry.toFixed(2)}): few cases, or gains far from the best`,
    );
  if (consistent.cases < 10 * m)
    warnings.push(`Desroziers: ${consistent.cases} complete cycles for ${m} observations are few for a full matrix`);
  const R = assumedErrors(loaded);
  const H = await linearised(operator, collected.analyses.data.slice(0, operator.inSize));
  const B = await assumedBackground(loaded);
  const HBHt = collected.ensemble ?? (B && H && asObserved(B, H));
  const iterated =
    HBHt &&
    (await attempt("Desroziers, iterated", () =>
      desroziersIteration({ innovations, HBHt: square(HBHt, m), R: square(R, m), iterations: 1000 }),
    ));
  warnings.push(...(iterated?.warnings.map((text) => `Desroziers, iterated: ${text}`) ?? []));
  const likelihood = HBHt && (await attempt("maximum likelihood", () => factors(innovations, HBHt, R, m)));
  warnings.push(...(likelihood?.warnings.map((text) => `maximum likelihood: ${text}`) ?? []));
  const domain = observedDomain(loaded, collected);
  const fitted =
    domain && (await attempt("covariances by distance", () => hollingsworthLonnberg({ innovations, domain })));
  warnings.push(...(fitted?.warnings.map((text) => `covariances by distance: ${text}`) ?? []));
  // A fit that warns has found nothing that could be told.
  const byDistance = fitted?.warnings.length === 0 ? fitted : undefined;
  const lagged = await attempt("forecasts of two lengths", () => forecastErrors(loaded, collected, H, consistent.HBHt));
  const { R: estimatedR, HBHt: estimatedB } = consistent;
  const whole = (await attempt("R", () => recondition(estimatedR, { condition: 1e6 }))) ?? estimatedR;
  const arrays: Record<string, NdArray> = {
    innovations,
    residuals,
    R: whole,
    RVariances: { data: diagonal(whole.data, m), shape: [m] },
    HBHt: estimatedB,
    ...lagged,
  };
  const deviation = (A: Float64Array): EstimatedDeviation => ({
    value: Math.sqrt(Math.max(0, diagonal(A, m).reduce((a, b) => a + b, 0) / m)),
  });
  const scaled = (A: Float64Array, factor: { value: number; error: number }): EstimatedDeviation => {
    const value = deviation(A).value * Math.sqrt(factor.value);
    return { value, error: (value * factor.error) / 2 };
  };
  const { config } = loaded;
  const consistency = HBHt && chi2(innovations, HBHt, R, m);
  if (consistency !== undefined && consistency > lost)
    warnings.unshift(
      `χ² is ${consistency.toFixed(1)}: errors are far larger than assumed. If the run has lost the truth, these estimates say how far, not what R and B are`,
    );
  const summary: EstimateSummary = {
    onda: version,
    case: config.title,
    method: config.method.name,
    seed: config.seed,
    cycles: { all: collected.cycles, used: innovations.shape[0]!, complete: consistent.cases },
    observations: m,
    innovation: { mean: meanOf(innovations.data), ...(consistency !== undefined && { chi2: consistency }) },
    ...(collected.cost !== undefined && { cost: collected.cost }),
    ...(HBHt && { degreesOfFreedom: degreesOfFreedom(square(HBHt, m), square(R, m)).total }),
    observationError: {
      assumed: deviation(R),
      desroziers: deviation(estimatedR.data),
      ...(iterated && { desroziersIterated: deviation(iterated.R.data) }),
      ...(likelihood && { maximumLikelihood: scaled(R, likelihood.R) }),
      ...(byDistance && { hollingsworthLonnberg: byDistance.observation }),
    },
    backgroundError: {
      ...(HBHt && { assumed: deviation(HBHt) }),
      desroziers: deviation(estimatedB.data),
      ...(iterated && { desroziersIterated: deviation(iterated.HBHt.data) }),
      ...(likelihood && HBHt && { maximumLikelihood: scaled(HBHt, likelihood.B) }),
      ...(byDistance && { hollingsworthLonnberg: byDistance.background }),
    },
    ...(likelihood && { factors: { R: likelihood.R, B: likelihood.B } }),
    ...(byDistance && { length: byDistance.length }),
    warnings,
  };
  const takesCovariance = vocabulary("methods").some(
    ({ name, options: keys }) => name === config.method.name && keys.some((key) => key.name === "covariance"),
  );
  return { summary, arrays, snippet: snippetOf(summary, arrays, takesCovariance) };
}

function factors(innovations: NdArray, HBHt: Float64Array, R: Float64Array, m: number) {
  const { parameters, standardErrors, warnings } = maximumLikelihood({
    innovations,
    covariance: scaledParts([square(HBHt, m), square(R, m)]),
    start: [0, 0],
  });
  const factor = (i: number) => ({ value: Math.exp(parameters[i]!), error: standardErrors[i]! });
  return { B: factor(0), R: factor(1), warnings };
}

/** Where observations are that pick single variables of a model whose variables have places. */
function observedDomain({ problem }: LoadedCase, { operator }: Collected): Domain | undefined {
  const { indices } = operator;
  if (indices === undefined || indices.length < 3 || problem.model.size < 4) return undefined;
  const { places, periods } = modelDomain(problem.model);
  const rows = indices.map((index) => [...placeOf(places, index)]);
  return placesDomain({ places: rows, ...(periods && { periods }) });
}

/** B by forecasts of two lengths, its size that of the estimate in the space of the observations. */
async function forecastErrors(
  { problem }: LoadedCase,
  { analyses, every, time, operator }: Collected,
  H: NdArray | undefined,
  HBHt: NdArray,
): Promise<Record<string, NdArray> | undefined> {
  if (every === undefined || H === undefined || analyses.shape[0]! < 12) return undefined;
  const differences = await laggedDifferences({ model: problem.model, analyses, every, time });
  const [pairs, n] = [differences.shape[0]!, problem.model.size];
  const m = operator.outSize;
  let seen = 0;
  for (let k = 0; k < pairs; k++)
    for (let j = 0; j < m; j++) {
      let value = 0;
      for (let i = 0; i < n; i++) value += H.data[j * n + i]! * differences.data[k * n + i]!;
      seen += value ** 2 / (pairs - 1);
    }
  const wanted = diagonal(HBHt.data, m).reduce((a, b) => a + b, 0);
  if (!(wanted > 0 && seen > 0)) return undefined;
  const scale = Math.sqrt(wanted / seen);
  const count = Math.min(pairs, mostMembers);
  // Members evenly spaced, as many as a product with B can take.
  const members = new Float64Array(count * n);
  for (let k = 0; k < count; k++) {
    const row = Math.floor((k * pairs) / count);
    for (let i = 0; i < n; i++) members[k * n + i] = scale * differences.data[row * n + i]!;
  }
  const BMembers = { data: members, shape: [count, n] };
  if (n > largestMatrix) return { BMembers };
  const matrix = new Float64Array(n * n);
  for (let k = 0; k < pairs; k++)
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++)
        matrix[i * n + j]! += (scale ** 2 * differences.data[k * n + i]! * differences.data[k * n + j]!) / (pairs - 1);
  return { BMembers, B: { data: matrix, shape: [n, n] } };
}

function square(data: Float64Array, m: number): NdArray {
  return { data, shape: [m, m] };
}

function diagonal(A: Float64Array, m: number): Float64Array {
  return A.filter((_, at) => at % (m + 1) === 0);
}

function meanOf(values: Float64Array): number {
  const present = values.filter((value) => !Number.isNaN(value));
  return present.reduce((a, b) => a + b, 0) / Math.max(1, present.length);
}

/** Mean of dᵀ S⁻¹ d/m over complete rows. */
function chi2({ data, shape }: NdArray, HBHt: Float64Array, R: Float64Array, m: number): number {
  const factor = cholesky(
    HBHt.map((value, i) => value + R[i]!),
    m,
  );
  if (!factor.ok) return Number.NaN;
  let [sum, count] = [0, 0];
  for (let k = 0; k < shape[0]!; k++) {
    const d = data.slice(k * m, (k + 1) * m);
    if (!d.every(Number.isFinite)) continue;
    sum += choleskySolve(factor.L, m, d).reduce((total, value, i) => total + value * d[i]!, 0) / m;
    count++;
  }
  return sum / count;
}

function snippetOf(
  { observationError, observations }: EstimateSummary,
  arrays: CaseEstimate["arrays"],
  takesCovariance: boolean,
): string {
  const std = (observationError.desroziersIterated ?? observationError.desroziers)?.value ?? Number.NaN;
  const lines = [
    "observations:",
    `  error: { std: ${Number(std.toPrecision(4))} }`,
    ...(observations > 1
      ? [
          "  # or one variance each: error: { diagonal: { file: RVariances.npy } }",
          "  # or with correlations: error: { file: R.npy }",
        ]
      : []),
  ];
  if (takesCovariance && arrays.BMembers !== undefined)
    lines.push(
      "method:",
      "  covariance: { name: ensemble, file: BMembers.npy } # with localization: { radius, domain } for few members",
      ...(arrays.B === undefined ? [] : ["  # or the whole matrix: covariance: { file: B.npy }"]),
    );
  return `${lines.join("\n")}\n`;
}
