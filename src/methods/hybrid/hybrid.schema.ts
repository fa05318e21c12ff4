import { z } from "zod";
import { type CovarianceConfig, covarianceSchema } from "../../problem/covariance/covariance.schema.ts";
import {
  inflationSchema,
  membersSchema,
  onFailureSchema,
  relaxationSchema,
  rotateSchema,
} from "../common/ensemble.schema.ts";
import type { OnFailure, Relaxation } from "../common/index.ts";
import { type LocalizationConfig, localizationSchema } from "../common/localization.schema.ts";
import { type MinimizerConfig, minimizerSchema } from "../common/minimizer.schema.ts";

/** Keys of hybrids that go from window to window. */
export interface HybridWindowConfig {
  readonly members: number;
  readonly window: number;
  readonly weight: number;
  readonly covariance?: CovarianceConfig | undefined;
  readonly localization?: LocalizationConfig | undefined;
  readonly minimizer: MinimizerConfig;
  readonly inflation: number;
  readonly relaxation?: Relaxation | undefined;
  readonly rotate: boolean;
  readonly onFailure: OnFailure;
}

/** Static background covariance. */
export const staticCovarianceSchema: z.ZodOptional<z.ZodType<CovarianceConfig>> = covarianceSchema(true)
  .optional()
  .meta({ description: "static background covariance B; left out: initial.covariance" });

/** How the cost is minimised. */
export const hybridMinimizerSchema: z.ZodType<MinimizerConfig> = minimizerSchema
  .prefault({ name: "lbfgs" })
  .meta({ description: "what minimises the cost: onda info minimizers" });

/** Weight of the ensemble's covariance. */
export function weightSchema(usual: number): z.ZodType<number> {
  return z
    .number()
    .min(0)
    .max(1)
    .default(usual)
    .meta({ description: "weight w of the ensemble's covariance: (1 − w) B + w P" });
}

/** Keys of hybrids that go from window to window, as a part of their schemas. */
export function hybridWindowKeys(weight: number): {
  readonly members: typeof membersSchema;
  readonly window: z.ZodType<number>;
  readonly weight: z.ZodType<number>;
  readonly covariance: typeof staticCovarianceSchema;
  readonly localization: typeof localizationSchema;
  readonly minimizer: typeof hybridMinimizerSchema;
  readonly inflation: typeof inflationSchema;
  readonly relaxation: typeof relaxationSchema;
  readonly rotate: typeof rotateSchema;
  readonly onFailure: typeof onFailureSchema;
} {
  return {
    members: membersSchema,
    window: z.int().min(1).default(1).meta({ description: "observation times in a window" }),
    weight: weightSchema(weight),
    covariance: staticCovarianceSchema,
    localization: localizationSchema,
    minimizer: hybridMinimizerSchema,
    inflation: inflationSchema,
    relaxation: relaxationSchema,
    rotate: rotateSchema,
    onFailure: onFailureSchema,
  };
}
