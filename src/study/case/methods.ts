import type { z } from "zod";
import { CaseError } from "../../engine/errors/index.ts";
import type { CovarianceChoice, EnsembleMethod, GaussianMethod } from "../../methods/common/index.ts";
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
import type { Method } from "../../methods/method.ts";
import { type EnksConfig, enksSchema } from "../../methods/smoothers/enks.schema.ts";
import { esMdaSchema } from "../../methods/smoothers/es-mda.schema.ts";
import { ienksSchema } from "../../methods/smoothers/ienks.schema.ts";
import { enks, esMda, ienks, rts } from "../../methods/smoothers/index.ts";
import { type RtsConfig, rtsSchema } from "../../methods/smoothers/rts.schema.ts";
import { fourDVarSchema } from "../../methods/variational/four-d-var.schema.ts";
import { fourDVar, threeDVar } from "../../methods/variational/index.ts";
import { threeDVarSchema } from "../../methods/variational/three-d-var.schema.ts";
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

/** Filters over which `enks` runs. */
const ensembleFilters = {
  enkf: ({ localization, ...config }: z.output<typeof enkfSchema>, tools: MethodTools): EnsembleMethod =>
    enkf({
      ...ensembleOptions(config),
      ...(localization && { localization: makeLocalization(localization, tools.size) }),
    }),
  etkf: (config: z.output<typeof etkfSchema>): EnsembleMethod => etkf(ensembleOptions(config)),
  ensrf: (config: z.output<typeof ensrfSchema>): EnsembleMethod => ensrf(ensembleOptions(config)),
  denkf: (config: z.output<typeof denkfSchema>): EnsembleMethod => denkf(ensembleOptions(config)),
  "enkf-n": (config: z.output<typeof enkfNSchema>): EnsembleMethod => enkfN(ensembleOptions(config)),
};

function ensembleFilterOf(config: EnksConfig["filter"], tools: MethodTools): EnsembleMethod {
  switch (config.name) {
    case "enkf":
      return ensembleFilters.enkf(config, tools);
    case "etkf":
      return ensembleFilters.etkf(config);
    case "ensrf":
      return ensembleFilters.ensrf(config);
    case "denkf":
      return ensembleFilters.denkf(config);
    default:
      return ensembleFilters["enkf-n"](config);
  }
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
  etkf: entry(etkfSchema, (config) => ensembleFilters.etkf(config)),
  ensrf: entry(ensrfSchema, (config) => ensembleFilters.ensrf(config)),
  denkf: entry(denkfSchema, (config) => ensembleFilters.denkf(config)),
  "enkf-n": entry(enkfNSchema, (config) => ensembleFilters["enkf-n"](config)),
  letkf: entry(letkfSchema, (config, tools) =>
    letkf({ ...ensembleOptions(config), localization: makeLocalization(config.localization, tools.size) }),
  ),
  eakf: entry(eakfSchema, (config, tools) =>
    eakf({ ...ensembleOptions(config), localization: makeLocalization(config.localization, tools.size) }),
  ),
  "rank-histogram": entry(rankHistogramSchema, (config, tools) =>
    rankHistogram({ ...ensembleOptions(config), localization: makeLocalization(config.localization, tools.size) }),
  ),
  particle: entry(particleSchema, (config) => particle(config)),
  "unscented-kalman": entry(unscentedKalmanSchema, (config) => unscentedKalman(config)),
  rts: entry(rtsSchema, ({ filter }) => rts({ filter: gaussianFilterOf(filter) })),
  enks: entry(enksSchema, ({ lag, filter }, tools) => enks({ lag, filter: ensembleFilterOf(filter, tools) })),
  ienks: entry(ienksSchema, ({ weights, ...config }) => ienks({ ...config, ...(weights && { weights }) })),
  "es-mda": entry(esMdaSchema, (config) => esMda(config)),
  "optimal-interpolation": entry(optimalInterpolationSchema, async ({ covariance }, tools) =>
    optimalInterpolation({ covariance: await tools.covariance(covariance, "covariance") }),
  ),
  "3dvar": entry(threeDVarSchema, async ({ covariance, minimizer }, tools) =>
    threeDVar({ ...(await background(covariance, tools)), minimizer: makeMinimizer(minimizer) }),
  ),
  "4dvar": entry(fourDVarSchema, async ({ covariance, minimizer, window, background: from }, tools) => {
    const B = await background(covariance, tools);
    return fourDVar({ ...B, window, background: from, minimizer: makeMinimizer(minimizer) });
  }),
};

/** The covariance of a method's backgrounds; the problem's own when left out. */
async function background(
  config: CovarianceConfig | undefined,
  tools: MethodTools,
): Promise<{ readonly covariance?: CovarianceChoice }> {
  return config === undefined ? {} : { covariance: await tools.covariance(config, "covariance") };
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
