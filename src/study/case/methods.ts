import type { z } from "zod";
import { CaseError } from "../../engine/errors/index.ts";
import type { EnsembleConfig } from "../../methods/common/ensemble.schema.ts";
import type { CovarianceChoice, EnsembleMethod, GaussianMethod } from "../../methods/common/index.ts";
import type { LocalizationConfig } from "../../methods/common/localization.schema.ts";
import { climatologicalMeanSchema } from "../../methods/filters/climatological-mean.schema.ts";
import { constantCovarianceKalmanSchema } from "../../methods/filters/constant-covariance-kalman.schema.ts";
import { denkfSchema } from "../../methods/filters/denkf.schema.ts";
import { eakfSchema } from "../../methods/filters/eakf.schema.ts";
import { enkfSchema } from "../../methods/filters/enkf.schema.ts";
import { enkfNSchema } from "../../methods/filters/enkf-n.schema.ts";
import { ensrfSchema } from "../../methods/filters/ensrf.schema.ts";
import { etkfSchema } from "../../methods/filters/etkf.schema.ts";
import { extendedKalmanSchema } from "../../methods/filters/extended-kalman.schema.ts";
import { freeRunSchema } from "../../methods/filters/free-run.schema.ts";
import {
  climatologicalMean,
  constantCovarianceKalman,
  denkf,
  eakf,
  enkf,
  enkfN,
  ensrf,
  etkf,
  extendedKalman,
  freeRun,
  kalman,
  letkf,
  optimalInterpolation,
  particle,
  rankHistogram,
  unscentedKalman,
} from "../../methods/filters/index.ts";
import { kalmanSchema } from "../../methods/filters/kalman.schema.ts";
import { letkfSchema } from "../../methods/filters/letkf.schema.ts";
import { optimalInterpolationSchema } from "../../methods/filters/optimal-interpolation.schema.ts";
import { particleSchema } from "../../methods/filters/particle.schema.ts";
import { rankHistogramSchema } from "../../methods/filters/rank-histogram.schema.ts";
import { unscentedKalmanSchema } from "../../methods/filters/unscented-kalman.schema.ts";
import { edaSchema } from "../../methods/hybrid/eda.schema.ts";
import { enFourDVarSchema } from "../../methods/hybrid/en-four-d-var.schema.ts";
import { etkfThreeDVarSchema } from "../../methods/hybrid/etkf-three-d-var.schema.ts";
import { fourDEnVarSchema } from "../../methods/hybrid/four-d-en-var.schema.ts";
import type { HybridWindowConfig } from "../../methods/hybrid/hybrid.schema.ts";
import { hybridGainSchema } from "../../methods/hybrid/hybrid-gain.schema.ts";
import { eda, enFourDVar, etkfThreeDVar, fourDEnVar, hybridGain } from "../../methods/hybrid/index.ts";
import type { Method } from "../../methods/method.ts";
import { type EnksConfig, enksSchema } from "../../methods/smoothers/enks.schema.ts";
import { esMdaSchema } from "../../methods/smoothers/es-mda.schema.ts";
import { ienksSchema } from "../../methods/smoothers/ienks.schema.ts";
import { enks, esMda, ienks, rts } from "../../methods/smoothers/index.ts";
import { type RtsConfig, rtsSchema } from "../../methods/smoothers/rts.schema.ts";
import { fourDVarSchema } from "../../methods/variational/four-d-var.schema.ts";
import { constantBias, fourDVar, threeDVar, type VariationalOptions } from "../../methods/variational/index.ts";
import { threeDVarSchema } from "../../methods/variational/three-d-var.schema.ts";
import type { VariationalConfig } from "../../methods/variational/variational.schema.ts";
import type { CovarianceConfig } from "../../problem/covariance/covariance.schema.ts";
import { ensembleOptions, makeLocalization } from "./ensembles.ts";
import { type Entry, entry, type Named } from "./entry.ts";
import { makeMinimizer } from "./minimizers.ts";
import { at } from "./tools.ts";

/** What the makers of methods may use. */
export interface MethodTools {
  /** A covariance of the state, at a key under `method`; the climatological one is computed when the method asks for it. */
  covariance(config: CovarianceConfig, key: string): Promise<CovarianceChoice>;
  /** Number of the state's variables. */
  readonly size: number;
}

type MethodEntry = Entry<MethodTools, Method | Promise<Method>>;

/** Filters over which `enks` runs; `place`: under which keys of the method. */
const ensembleFilters = {
  enkf: async (
    { localization, ...config }: z.output<typeof enkfSchema>,
    tools: MethodTools,
    place?: string,
  ): Promise<EnsembleMethod> =>
    enkf({
      ...(await ensembleOptions(config, tools.covariance, place)),
      ...(localization && { localization: makeLocalization(localization, tools.size) }),
    }),
  etkf: async (config: z.output<typeof etkfSchema>, tools: MethodTools, place?: string): Promise<EnsembleMethod> =>
    etkf(await ensembleOptions(config, tools.covariance, place)),
  ensrf: async (config: z.output<typeof ensrfSchema>, tools: MethodTools, place?: string): Promise<EnsembleMethod> =>
    ensrf(await ensembleOptions(config, tools.covariance, place)),
  denkf: async (config: z.output<typeof denkfSchema>, tools: MethodTools, place?: string): Promise<EnsembleMethod> =>
    denkf(await ensembleOptions(config, tools.covariance, place)),
  "enkf-n": async (config: z.output<typeof enkfNSchema>, tools: MethodTools, place?: string): Promise<EnsembleMethod> =>
    enkfN(await ensembleOptions(config, tools.covariance, place)),
};

function ensembleFilterOf(config: EnksConfig["filter"], tools: MethodTools): Promise<EnsembleMethod> {
  const place = "filter.";
  switch (config.name) {
    case "enkf":
      return ensembleFilters.enkf(config, tools, place);
    case "etkf":
      return ensembleFilters.etkf(config, tools, place);
    case "ensrf":
      return ensembleFilters.ensrf(config, tools, place);
    case "denkf":
      return ensembleFilters.denkf(config, tools, place);
    default:
      return ensembleFilters["enkf-n"](config, tools, place);
  }
}

/** Options of a filter that is local. */
async function localOptions<Config extends EnsembleConfig & { readonly localization: LocalizationConfig }>(
  { localization, ...config }: Config,
  tools: MethodTools,
) {
  const options = await ensembleOptions(config, tools.covariance);
  return { ...options, localization: makeLocalization(localization, tools.size) };
}

function gaussianFilterOf(config: RtsConfig["filter"]): GaussianMethod {
  if (config.name === "kalman") return kalman();
  return config.name === "extended-kalman" ? extendedKalman(config) : unscentedKalman(config);
}

/** The methods of the format: one line each. */
export const methodEntries: Readonly<Record<string, MethodEntry>> = {
  none: entry(freeRunSchema, () => freeRun()),
  climatology: entry(climatologicalMeanSchema, () => climatologicalMean()),
  kalman: entry(kalmanSchema, () => kalman()),
  "extended-kalman": entry(extendedKalmanSchema, (options) => extendedKalman(options)),
  "constant-covariance-kalman": entry(constantCovarianceKalmanSchema, async ({ covariance }, tools) =>
    constantCovarianceKalman(await background(covariance, tools)),
  ),
  enkf: entry(enkfSchema, (config, tools) => ensembleFilters.enkf(config, tools)),
  etkf: entry(etkfSchema, (config, tools) => ensembleFilters.etkf(config, tools)),
  ensrf: entry(ensrfSchema, (config, tools) => ensembleFilters.ensrf(config, tools)),
  denkf: entry(denkfSchema, (config, tools) => ensembleFilters.denkf(config, tools)),
  "enkf-n": entry(enkfNSchema, (config, tools) => ensembleFilters["enkf-n"](config, tools)),
  letkf: entry(letkfSchema, async (config, tools) => letkf(await localOptions(config, tools))),
  eakf: entry(eakfSchema, async (config, tools) => eakf(await localOptions(config, tools))),
  "rank-histogram": entry(rankHistogramSchema, async (config, tools) =>
    rankHistogram(await localOptions(config, tools)),
  ),
  particle: entry(particleSchema, (config) => particle(config)),
  "unscented-kalman": entry(unscentedKalmanSchema, (config) => unscentedKalman(config)),
  rts: entry(rtsSchema, ({ filter }) => rts({ filter: gaussianFilterOf(filter) })),
  enks: entry(enksSchema, async ({ lag, filter }, tools) =>
    enks({ lag, filter: await ensembleFilterOf(filter, tools) }),
  ),
  ienks: entry(ienksSchema, ({ weights, ...config }) => ienks({ ...config, ...(weights && { weights }) })),
  "es-mda": entry(esMdaSchema, (config) => esMda(config)),
  "optimal-interpolation": entry(optimalInterpolationSchema, async ({ covariance }, tools) =>
    optimalInterpolation({ covariance: await tools.covariance(covariance, "covariance") }),
  ),
  "3dvar": entry(threeDVarSchema, async ({ covariance, ...config }, tools) =>
    threeDVar({ ...(await background(covariance, tools)), ...variationalOptions(config) }),
  ),
  "4dvar": entry(fourDVarSchema, async ({ covariance, window, shift, weights, ...config }, tools) => {
    const { background: from, weak, fgat, checkpoint } = config;
    return fourDVar({
      ...(await background(covariance, tools)),
      ...variationalOptions(config),
      window,
      ...(shift !== undefined && { shift }),
      ...(weights !== undefined && { weights }),
      background: from,
      weak,
      fgat,
      checkpoint,
    });
  }),
  "etkf-3dvar": entry(etkfThreeDVarSchema, async ({ covariance, localization, minimizer, ...config }, tools) =>
    etkfThreeDVar({
      ...(await ensembleOptions(config, tools.covariance)),
      ...(await hybridParts({ covariance, localization, minimizer }, tools)),
    }),
  ),
  en4dvar: entry(enFourDVarSchema, async (config, tools) => enFourDVar(await hybridWindowOptions(config, tools))),
  "4denvar": entry(fourDEnVarSchema, async ({ outer, ...config }, tools) =>
    fourDEnVar({ ...(await hybridWindowOptions(config, tools)), outer }),
  ),
  eda: entry(edaSchema, async (config, tools) => eda(await hybridWindowOptions(config, tools))),
  "hybrid-gain": entry(hybridGainSchema, async ({ covariance, localization, minimizer, ...config }, tools) =>
    hybridGain({
      ...(await ensembleOptions(config, tools.covariance)),
      ...(await hybridParts({ covariance, localization, minimizer }, tools)),
    }),
  ),
};

/** The options that 3D-Var and 4D-Var have in common. */
function variationalOptions(config: VariationalConfig): Omit<VariationalOptions, "covariance"> {
  const { minimizer, incremental, robust, bias, posterior } = config;
  return {
    ...(minimizer !== undefined && { minimizer: makeMinimizer(minimizer) }),
    incremental,
    ...(robust !== undefined && { robust }),
    ...(bias !== undefined && { bias: constantBias(bias) }),
    posterior,
  };
}

/** The covariance of a method's backgrounds; the problem's own when left out. */
async function background(
  config: CovarianceConfig | undefined,
  tools: MethodTools,
): Promise<{ readonly covariance?: CovarianceChoice }> {
  return config === undefined ? {} : { covariance: await tools.covariance(config, "covariance") };
}

/** What hybrids have beyond their ensembles. */
async function hybridParts(
  { covariance, localization, minimizer }: Pick<HybridWindowConfig, "covariance" | "localization" | "minimizer">,
  tools: MethodTools,
) {
  return {
    ...(await background(covariance, tools)),
    ...(localization && { localization: makeLocalization(localization, tools.size) }),
    minimizer: makeMinimizer(minimizer),
  };
}

/** Options of a hybrid that goes from window to window. */
async function hybridWindowOptions(
  { members, window, weight, inflation, relaxation, rotate, onFailure, ...parts }: HybridWindowConfig,
  tools: MethodTools,
) {
  const ensemble = { members, inflation, rotate, onFailure, ...(relaxation && { relaxation }) };
  return { ...ensemble, window, weight, ...(await hybridParts(parts, tools)) };
}

/**
 * The method that a case describes.
 * @throws CaseError at `method`
 */
export function makeMethod(config: Named, tools: MethodTools): Promise<Method> {
  const found = methodEntries[config.name];
  if (found === undefined) throw new CaseError("method.name", `unknown name "${config.name}"`);
  return at("method", () => found.make(config, tools));
}
