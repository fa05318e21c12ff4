import { CaseError, ShapeError } from "../../engine/errors/index.ts";
import { type NdArray, shapeText, sizeOf, toNdArray } from "../../engine/tensor/index.ts";
import type { CovarianceChoice } from "../../methods/common/index.ts";
import type { Climatology, Method } from "../../methods/method.ts";
import type { CovarianceConfig } from "../../problem/covariance/covariance.schema.ts";
import { type Covariance, denseCovariance } from "../../problem/covariance/index.ts";
import type { Model } from "../../problem/models/index.ts";
import type { ObservationNetwork } from "../../problem/observe/index.ts";
import { makeCovariance } from "./covariances.ts";
import { encodeRows } from "./latent.ts";
import { makeMethod } from "./methods.ts";
import { makeModel } from "./models.ts";
import { makeNetworks, readValues } from "./network.ts";
import { at, type CaseTools } from "./tools.ts";
import type { Case, MeanConfig } from "./types.ts";

/** A case with its files read and its parts made and checked against each other. */
export interface CaseProblem {
  readonly model: Model;
  /** The model that the truth comes from. */
  readonly trueModel: Model;
  /** Shape of a state as users see it: of the physical one, for a latent model. */
  readonly shape: readonly number[];
  readonly network: ObservationNetwork;
  /** The same of physical states, where the model's are latent variables. */
  readonly physicalNetwork: ObservationNetwork;
  readonly background: { readonly mean: Float64Array; readonly covariance: Covariance; readonly ensemble?: NdArray };
  readonly modelError: Covariance;
  /** Observations from a file, one list per time; none in a twin experiment that draws them. */
  readonly values: readonly Float64Array[] | undefined;
  /** Truth from a file, [times, n]; n of either space. */
  readonly truth: NdArray | undefined;
  readonly climatology: () => Promise<Climatology>;
  readonly method: Method;
  /** Covariances that the method was given, by their keys below `method`. */
  readonly methodCovariances: ReadonlyMap<string, CovarianceChoice>;
}

/** Makes the climatology of a model, from a state to start at. */
export type ClimatologyMaker = (model: Model, start: Float64Array) => Promise<Climatology>;

/** The largest state for which the covariance of given members is made a matrix. */
const maximumSampleSize = 1000;

/**
 * Reads the files of a case and makes its parts.
 * @throws CaseError for whatever doesn't fit, with its key path; FileError for files
 */
export async function makeProblem(
  config: Case,
  tools: CaseTools,
  makeClimatology: ClimatologyMaker,
): Promise<CaseProblem> {
  const model = await makeModel(config.model, tools, "model");
  const n = model.size;
  const because = `the state has ${n} ${n === 1 ? "variable" : "variables"}`;
  const trueModel =
    config.truth !== undefined && "model" in config.truth
      ? await makeModel(config.truth.model, tools, "truth.model")
      : model;
  checkTrueModel(config, model, trueModel);
  const { initial } = config;
  const ensemble = initial.ensemble && (await members(initial.ensemble.file, model, tools));
  const mean = await initialMean(initial.mean, ensemble, model, tools);
  if (config.model.name === "module") await tryModel(model, mean);
  let known: Promise<Climatology> | undefined;
  const climatology = (): Promise<Climatology> => {
    known ??= makeClimatology(model.latent === undefined ? trueModel : model, mean);
    return known;
  };
  const needs = { size: n, because, tools, climatological: async () => (await climatology()).covariance };
  const covariance =
    initial.covariance === undefined
      ? await sampleCovariance(ensemble, n)
      : await makeCovariance(initial.covariance, { ...needs, place: "initial.covariance", positive: false });
  const modelError = await makeCovariance(config.modelError, { ...needs, place: "modelError", positive: false });
  const { network, physical } = await makeNetworks(config.observations, model, mean, tools);
  const { values } = config.observations;
  const choose = async (part: CovarianceConfig, key: string): Promise<CovarianceChoice> => {
    if (part === "climatological") return { climatological: 1 };
    if ("climatological" in part) return part;
    return makeCovariance(part, { ...needs, place: `method.${key}`, positive: false });
  };
  const methodCovariances = new Map<string, CovarianceChoice>();
  const method = await makeMethod(config.method, {
    size: n,
    async covariance(part, key) {
      const choice = await choose(part, key);
      methodCovariances.set(key, choice);
      return choice;
    },
  });
  checkMembers(config, ensemble);
  return {
    model,
    trueModel,
    shape: model.latent?.shape ?? model.shape,
    network,
    physicalNetwork: physical,
    background: { mean, covariance, ...(ensemble && { ensemble }) },
    modelError,
    values: values && (await readValues(values.file, network, tools)),
    truth:
      config.truth !== undefined && "file" in config.truth
        ? await trueStates(config.truth.file, network.length, model, tools)
        : undefined,
    climatology,
    method,
    methodCovariances,
  };
}

function checkTrueModel(config: Case, model: Model, trueModel: Model): void {
  if (trueModel === model) return;
  if (config.observations.values !== undefined)
    throw new CaseError(
      "truth.model",
      "makes the truth of a twin experiment, but observations.values has observations already: leave one of them out",
    );
  const size = physicalSize(model);
  if (trueModel.size !== size)
    throw new CaseError(
      "truth.model",
      `expected a model of ${size} variables as ${model.latent === undefined ? "model" : "the decoder gives"}, got one of ${trueModel.size}`,
    );
  if (Math.abs(trueModel.dt - model.dt) > 1e-12 * model.dt)
    throw new CaseError("truth.model.dt", `expected the same step as model, ${model.dt}, got ${trueModel.dt}`);
}

/** Number of variables as users see them. */
function physicalSize({ size, latent }: Model): number {
  return latent === undefined ? size : sizeOf(latent.shape);
}

/** What a latent model takes besides its own variables, for messages. */
function orPhysical(model: Model): string {
  return model.latent === undefined ? "" : ` or ${physicalSize(model)} physical ones, which are encoded`;
}

async function initialMean(
  config: MeanConfig | undefined,
  ensemble: NdArray | undefined,
  model: Model,
  tools: CaseTools,
): Promise<Float64Array> {
  const place = "initial.mean";
  const n = model.size;
  const mean = new Float64Array(n);
  if (config === undefined) {
    const [N] = ensemble?.shape ?? [];
    ensemble?.data.forEach((value, i) => {
      mean[i % n]! += value / (N ?? 1);
    });
    return mean;
  }
  if (typeof config === "number") return mean.fill(config);
  if ("unit" in config) {
    if (config.unit >= n)
      throw new CaseError(`${place}.unit`, `expected the index of a variable, from 0 to ${n - 1}, got ${config.unit}`);
    mean[config.unit] = config.value;
    return mean;
  }
  const given = "file" in config ? await tools.array(config.file, place) : toNdArray(config, place);
  const { latent } = model;
  if (latent !== undefined && given.data.length === physicalSize(model) && given.data.length !== n)
    return latent.encode.apply(finite(given.data.slice(), place));
  if (given.data.length !== n)
    throw new CaseError(place, `expected ${n} numbers, as the state has${orPhysical(model)}, got ${given.data.length}`);
  return finite(given.data.slice(), place);
}

function finite(data: Float64Array, place: string): Float64Array {
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw new CaseError(place, `expected finite numbers, got ${data[bad]} at ${bad}`);
  return data;
}

async function members(file: string, model: Model, tools: CaseTools): Promise<NdArray> {
  const place = "initial.ensemble";
  const array = await tools.array(file, place);
  const [N] = array.shape;
  const n = array.shape[1] === physicalSize(model) ? physicalSize(model) : model.size;
  if (array.shape.length !== 2 || array.shape[1] !== n || N === undefined || N < 2)
    throw new CaseError(
      place,
      `expected "${file}" to have shape (members, ${n}) with at least 2 members, got ${shapeText(array.shape)}`,
    );
  finite(array.data, place);
  return model.latent === undefined || n === model.size ? array : encodeRows(model.latent, array);
}

/** The covariance of given members. */
function sampleCovariance(ensemble: NdArray | undefined, n: number): Promise<Covariance> {
  return at("initial.covariance", () => {
    if (ensemble === undefined) throw new ShapeError("initial.covariance", "missing");
    if (n > maximumSampleSize)
      throw new CaseError(
        "initial.covariance",
        `missing; the ensemble's own is used for up to ${maximumSampleSize} variables`,
      );
    const N = ensemble.data.length / n;
    const mean = new Float64Array(n);
    ensemble.data.forEach((value, i) => {
      mean[i % n]! += value / N;
    });
    const data = new Float64Array(n * n);
    for (let k = 0; k < N; k++)
      for (let i = 0; i < n; i++)
        for (let j = 0; j < n; j++)
          data[i * n + j]! +=
            ((ensemble.data[k * n + i]! - mean[i]!) * (ensemble.data[k * n + j]! - mean[j]!)) / (N - 1);
    return denseCovariance({ data, shape: [n, n] }, { place: "initial.covariance", singular: true });
  });
}

function checkMembers(config: Case, ensemble: NdArray | undefined): void {
  if (ensemble === undefined) return;
  const filter = "filter" in config.method ? config.method.filter : undefined;
  for (const [place, part] of [
    ["method", config.method],
    ["method.filter", typeof filter === "object" && filter !== null ? filter : {}],
  ] as const)
    for (const [key, value] of Object.entries(part))
      if ((key === "members" || key === "particles") && value !== ensemble.shape[0])
        throw new CaseError(`${place}.${key}`, `expected ${ensemble.shape[0]}, as initial.ensemble has, got ${value}`);
}

/** Steps somebody's own model once, so that a wrong shape shows before anything is run. */
async function tryModel(model: Model, state: Float64Array): Promise<void> {
  await at("model", async () => {
    const next = await model.advance(1).apply(state.slice(), 0);
    if (next.length !== model.size)
      throw new ShapeError("model", `expected a step to return ${model.size} numbers, got ${next.length}`);
  });
}

async function trueStates(file: string, times: number, model: Model, tools: CaseTools): Promise<NdArray> {
  const array = await tools.array(file, "truth");
  const n = array.shape[1] === model.size ? model.size : physicalSize(model);
  if (array.shape.length !== 2 || array.shape[0] !== times || array.shape[1] !== n)
    throw new CaseError(
      "truth",
      `expected "${file}" to have shape (${times}, ${n}), a state for each of the ${times} observation times, got ${shapeText(array.shape)}`,
    );
  if (array.data.some((value) => Math.abs(value) === Number.POSITIVE_INFINITY))
    throw new CaseError("truth", `expected finite numbers in "${file}", got an infinite one`);
  return array;
}
