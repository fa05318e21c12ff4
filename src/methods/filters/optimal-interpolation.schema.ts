import { z } from "zod";
import { type CovarianceConfig, covarianceSchema } from "../../problem/covariance/covariance.schema.ts";

/** The method in a case. */
export interface OptimalInterpolationConfig {
  readonly name: "optimal-interpolation";
  readonly covariance: CovarianceConfig;
}

export const optimalInterpolationSchema: z.ZodType<OptimalInterpolationConfig> = z
  .strictObject({
    name: z.literal("optimal-interpolation"),
    covariance: covarianceSchema(false)
      .default("climatological")
      .meta({ description: "covariance about the climatological mean" }),
  })
  .meta({ description: "every time's observations by themselves, with the climatology as the background" });
