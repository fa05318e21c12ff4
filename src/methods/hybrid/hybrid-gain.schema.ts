import { z } from "zod";
import type { CovarianceConfig } from "../../problem/covariance/covariance.schema.ts";
import { type EnsembleConfig, ensembleKeys, rotateSchema } from "../common/ensemble.schema.ts";
import { type LocalizationConfig, localizationSchema } from "../common/localization.schema.ts";
import type { MinimizerConfig } from "../common/minimizer.schema.ts";
import { hybridMinimizerSchema, staticCovarianceSchema } from "./hybrid.schema.ts";

/** The method in a case. */
export interface HybridGainConfig extends EnsembleConfig {
  readonly name: "hybrid-gain";
  readonly alpha: number;
  readonly combination: "sequential" | "parallel";
  readonly covariance?: CovarianceConfig | undefined;
  readonly localization?: LocalizationConfig | undefined;
  readonly minimizer: MinimizerConfig;
  readonly rotate: boolean;
}

export const hybridGainSchema: z.ZodType<HybridGainConfig> = z
  .strictObject({
    name: z.literal("hybrid-gain"),
    ...ensembleKeys,
    alpha: z.number().min(0).max(1).default(0.5).meta({ description: "weight of the variational analysis" }),
    combination: z
      .enum(["sequential", "parallel"])
      .default("sequential")
      .meta({ description: "what the variational analysis starts from: the ensemble's analysis, or the forecast" }),
    covariance: staticCovarianceSchema,
    localization: localizationSchema,
    minimizer: hybridMinimizerSchema,
    rotate: rotateSchema,
  })
  .meta({ description: "the mean of an ensemble transform filter's and a 3D-Var's analysis" });
