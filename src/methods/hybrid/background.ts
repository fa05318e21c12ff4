import { ArgumentError, CapabilityError } from "../../engine/errors/index.ts";
import type { NdArray } from "../../engine/tensor/index.ts";
import {
  type CorrelationRoot,
  type Covariance,
  ensembleCovariance,
  hybridCovariance,
  taperRoot,
} from "../../problem/covariance/index.ts";
import type { Model } from "../../problem/models/index.ts";
import type { Operator } from "../../problem/operators/index.ts";
import { type CovarianceChoice, chosenCovariance, type LocalizationOptions, modelDomain } from "../common/index.ts";
import type { Problem } from "../method.ts";

/** The background covariance of a hybrid. */
export interface HybridBackgroundOptions {
  /** Weight w of the ensemble's covariance in (1 − w) B + w P, from 0 to 1. */
  readonly weight?: number;
  /** The static covariance B; that of the problem's background when left out. Not needed for a weight of 1. */
  readonly covariance?: CovarianceChoice;
  /** How far covariances, and observations in the update of the members, reach; everywhere when left out. */
  readonly localization?: LocalizationOptions;
}

/** @throws ArgumentError for a part that isn't from 0 to 1 */
export function checkPart(place: string, value: number): number {
  if (!(value >= 0 && value <= 1)) throw new ArgumentError(place, `expected a number from 0 to 1, got ${value}`);
  return value;
}

/** What a hybrid's background covariances are made of: B and the taper's root once, all else from members. */
export interface HybridBackground {
  /** (1 − w) B + w P ∘ ρ. */
  covariance(E: NdArray): Covariance;
  /** (1 − w) B, where the weight is below 1. */
  readonly fixed?: Covariance;
  /** The root of ρ, where anything is tapered. */
  readonly taper?: CorrelationRoot;
}

/**
 * The background covariances of a run.
 * @throws ArgumentError for a taper that isn't positive definite; errors of `chosenCovariance` and `taperRoot`
 */
export async function hybridBackground(
  method: string,
  problem: Problem,
  { weight = 1, covariance, localization }: HybridBackgroundOptions,
): Promise<HybridBackground> {
  const root = weight > 0 ? modelTaper(localization, problem.model) : undefined;
  const [taper, local] = [root && { taper: root }, root && { localization: root }];
  if (weight === 1) return { covariance: (members) => ensembleCovariance({ members, ...local }), ...taper };
  const B = await chosenCovariance(method, covariance ?? problem.background.covariance, problem);
  return {
    covariance: (members) => hybridCovariance({ static: B, members, weight, ...local }),
    fixed: weight === 0 ? B : B.scaled(1 - weight),
    ...taper,
  };
}

/** The root of the taper between a model's variables; undefined where nothing is tapered. */
function modelTaper(options: LocalizationOptions | undefined, model: Model): CorrelationRoot | undefined {
  if (options === undefined || options.radius === Number.POSITIVE_INFINITY) return undefined;
  const { function: name = "gaspari-cohn", radius, domain = modelDomain(model) } = options;
  if (name === "box")
    throw new ArgumentError(
      "localization.function",
      "expected gaspari-cohn or soar, got box: it isn't positive definite, and covariances times it aren't either",
    );
  return taperRoot({ function: name, radius, domain });
}

/** @throws CapabilityError naming the first operator without a derivative, unless `model` is left out that of the model too */
export function checkDerivatives(method: string, instead: string, { observations }: Problem, model?: Model): void {
  const steps = model !== undefined && observations.some(({ step }) => step > 0);
  const operators: readonly Operator[] = [
    ...(steps ? [model.advance(1)] : []),
    ...observations.map(({ operator }) => operator),
  ];
  for (const { name, traced, adjoint } of operators)
    if (traced === undefined && adjoint === undefined)
      throw new CapabilityError(
        method,
        `needs the derivative of "${name}", which is a plain function: give it as a formula on tensors or with its adjoint, or use ${instead}`,
      );
}

/** What is made when it is first asked for, and kept. */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
