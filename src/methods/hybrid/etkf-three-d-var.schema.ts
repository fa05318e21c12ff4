import { z } from "zod";
import type { CovarianceConfig } from "../../problem/covariance/covariance.schema.ts";
import { type EnsembleConfig, ensembleKeys, rotateSchema } from "../common/ensemble.schema.ts";
import { type LocalizationConfig, localizationSchema } from "../common/localization.schema.ts";
import type { MinimizerConfig } from "../common/minimizer.schema.ts";
import { hybridMinimizerSchema, staticCovarianceSchema, weightSchema } from "./hybrid.schema.ts";

/** The method in a case. */
export interface EtkfThreeDVarConfig extends EnsembleConfig {
  readonly name: "etkf-3dvar";
  readonly weight: number;
  readonly covariance?: CovarianceConfig | undefined;
  readonly localization?: LocalizationConfig | undefined;
  readonly minimizer: MinimizerConfig;
  readonly rotate: boolean;
}

export const etkfThreeDVarSchema: z.ZodType<EtkfThreeDVarConfig> = z
  .strictObject({
    name: z.literal("etkf-3dvar"),
    ...ensembleKeys,
    weight: weightSchema(0.5),
    covariance: staticCovarianceSchema,
    localization: localizationSchema,
    minimizer: hybridMinimizerSchema,
    rotate: rotateSchema,
  })
  .meta({ description: "3D-Var with a hybrid covariance for the mean, an ensemble transform for the members" });
