import { CaseError } from "../../engine/errors/index.ts";
import { shapeText, sizeOf } from "../../engine/tensor/index.ts";
import type { CovarianceConfig } from "../../problem/covariance/covariance.schema.ts";
import type { Covariance } from "../../problem/covariance/index.ts";
import { type LatentSpace, type Model, networkShape } from "../../problem/models/index.ts";
import {
  type ObservationNetwork,
  type ObservationTimes,
  observationNetwork,
  observationSteps,
} from "../../problem/observe/index.ts";
import { composedOperator, type Operator } from "../../problem/operators/index.ts";
import type { OperatorConfig } from "../../problem/operators/operator.schema.ts";
import { makeCovariance } from "./covariances.ts";
import { makeOperator } from "./operators.ts";
import { at, type CaseTools } from "./tools.ts";
import type { ObservationsConfig } from "./types.ts";

/** When, what and how well is observed: of the model's states and, if those are latent variables, of physical ones. */
export interface CaseNetworks {
  readonly network: ObservationNetwork;
  readonly physical: ObservationNetwork;
}

/**
 * When, what and how well is observed. For a latent model, operators work on decoded states; a network that takes the latent
 * variables themselves is given those.
 * @param state what a state of the model looks like
 * @throws CaseError under `observations`
 */
export async function makeNetworks(
  config: ObservationsConfig,
  model: Model,
  state: Float64Array,
  tools: CaseTools,
): Promise<CaseNetworks> {
  const { latent } = model;
  if (latent === undefined) {
    const network = await makeNetwork(config, { dt: model.dt, shape: model.shape, state }, tools);
    return { network, physical: network };
  }
  const onLatent = new Map<Operator, Operator>();
  const physical = await makeNetwork(
    config,
    { dt: model.dt, shape: latent.shape, state: await latent.decode.apply(state), latent, onLatent },
    tools,
  );
  const network = physical.map((place) => {
    const own = onLatent.get(place.operator) ?? composedOperator(place.operator, latent.decode);
    onLatent.set(place.operator, own);
    return { ...place, operator: own };
  });
  return { network, physical };
}

interface Observed {
  readonly dt: number;
  readonly shape: readonly number[];
  readonly state: Float64Array;
  readonly latent?: LatentSpace;
  /** Operators that were made for latent variables, by what they are for physical states. */
  readonly onLatent?: Map<Operator, Operator>;
}

/** An operator on what is observed; a network on latent variables goes behind the encoder. */
async function physicalOperator(
  config: OperatorConfig,
  { shape, state, latent, onLatent }: Observed,
  tools: CaseTools,
  place: string,
): Promise<Operator> {
  const size = latent?.encode.outSize;
  if (latent === undefined || size === undefined || config.name !== "onnx" || size === state.length)
    return makeOperator(config, { values: state, shape }, tools, place);
  const { inputs } = await tools.network(config.file, `${place}.file`);
  if (sizeOf(networkShape(inputs[0]?.shape ?? [])) !== size)
    return makeOperator(config, { values: state, shape }, tools, place);
  const own = await makeOperator(config, { values: new Float64Array(size), shape: [size] }, tools, place);
  const whole = composedOperator(own, latent.encode);
  onLatent?.set(whole, own);
  return whole;
}

async function makeNetwork(
  config: ObservationsConfig,
  observed: Observed,
  tools: CaseTools,
): Promise<ObservationNetwork> {
  const steps = await at("observations", () => observationSteps(timesOf(config), observed.dt));
  const operator = await perTime(config.operator, steps.length, "observations.operator", (one, place) =>
    physicalOperator(one, observed, tools, place),
  );
  const operatorAt = (k: number): Operator => (Array.isArray(operator) ? operator[k]! : operator);
  const covariance = (one: CovarianceConfig, place: string, k: number): Promise<Covariance> => {
    const { name, outSize } = operatorAt(k);
    const because = `the operator "${name}" gives ${outSize} ${outSize === 1 ? "observation" : "observations"}`;
    return makeCovariance(one, { place, size: outSize, because, positive: true, tools });
  };
  const place = "observations.error";
  const error = oneEach(config.error)
    ? await perTime(config.error, steps.length, place, covariance)
    : await sameForAll(config.error, operator, steps.length, (one, k) => covariance(one, place, k));
  return at("observations", () => observationNetwork({ dt: observed.dt, steps, operator, error }));
}

function timesOf({ every, count, steps, times, atStart }: ObservationsConfig): ObservationTimes {
  if (steps !== undefined) return { steps };
  if (times !== undefined) return { times };
  return { every: every ?? 1, count: count ?? 1, atStart };
}

/** Whether there is a list of covariances, one per time: a matrix is a list of lists of numbers. */
function oneEach(error: CovarianceConfig | CovarianceConfig[]): error is CovarianceConfig[] {
  return Array.isArray(error) && !(Array.isArray(error[0]) && typeof error[0][0] === "number");
}

/** One covariance for all times, made anew where the operators give different numbers of observations. */
async function sameForAll(
  config: CovarianceConfig,
  operator: Operator | Operator[],
  times: number,
  make: (config: CovarianceConfig, k: number) => Promise<Covariance>,
): Promise<Covariance | Covariance[]> {
  if (!Array.isArray(operator)) return make(config, 0);
  const made: Covariance[] = [];
  for (let k = 0; k < times; k++) made.push(await make(config, k));
  return made;
}

async function perTime<C, Made>(
  config: C | C[],
  times: number,
  place: string,
  make: (config: C, place: string, k: number) => Promise<Made>,
): Promise<Made | Made[]> {
  if (!Array.isArray(config)) return make(config, place, 0);
  if (config.length !== times)
    throw new CaseError(
      place,
      `expected one for all times or a list of ${times}, one per observation time, got a list of ${config.length}`,
    );
  const made: Made[] = [];
  for (const [k, one] of config.entries()) made.push(await make(one, `${place}[${k}]`, k));
  return made;
}

/**
 * Observations from a file: a row per time, as wide as the widest operator; NaN = missing.
 * @throws CaseError for another shape or infinite values
 */
export async function readValues(file: string, network: ObservationNetwork, tools: CaseTools): Promise<Float64Array[]> {
  const place = "observations.values";
  const { data, shape } = await tools.array(file, place);
  const width = Math.max(...network.map(({ operator }) => operator.outSize));
  const times = network.length;
  const fits = shape.length === 2 ? shape[1] === width : shape.length === 1 && width === 1;
  if (!fits || shape[0] !== times)
    throw new CaseError(
      place,
      `expected "${file}" to have shape (${times}, ${width}), for ${times} observation times and ${width} observations each, got ${shapeText(shape)}`,
    );
  const bad = data.findIndex((value) => Math.abs(value) === Number.POSITIVE_INFINITY);
  if (bad >= 0)
    throw new CaseError(
      place,
      `expected finite numbers, or NaN for missing ones, in "${file}", got ${data[bad]} at (${Math.floor(bad / width)}, ${bad % width})`,
    );
  return network.map(({ operator }, k) => data.slice(k * width, k * width + operator.outSize));
}
