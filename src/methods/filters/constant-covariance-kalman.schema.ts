import { z } from "zod";
import { type CovarianceConfig, covarianceSchema } from "../../problem/covariance/covariance.schema.ts";

/** The method in a case. */
export interface ConstantCovarianceKalmanConfig {
  readonly name: "constant-covariance-kalman";
  readonly covariance?: CovarianceConfig | undefined;
}

export const constantCovarianceKalmanSchema: z.ZodType<ConstantCovarianceKalmanConfig> = z
  .strictObject({
    name: z.literal("constant-covariance-kalman"),
    covariance: covarianceSchema(false)
      .optional()
      .meta({ description: "covariance of every forecast's errors; left out: initial.covariance" }),
  })
  .meta({ description: "Kalman's analysis with one forecast covariance for all times (TorchDA's KF, corrected)" });
