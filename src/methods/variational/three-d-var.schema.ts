import { z } from "zod";
import { type CovarianceConfig, covarianceSchema } from "../../problem/covariance/covariance.schema.ts";
import { type VariationalConfig, variationalKeys } from "./variational.schema.ts";

/** The method in a case. */
export interface ThreeDVarConfig extends VariationalConfig {
  readonly name: "3dvar";
  readonly covariance?: CovarianceConfig | undefined;
}

export const threeDVarSchema: z.ZodType<ThreeDVarConfig> = z
  .strictObject({
    name: z.literal("3dvar"),
    covariance: covarianceSchema(true)
      .optional()
      .meta({ description: "background covariance B of every analysis; left out: initial.covariance" }),
    ...variationalKeys,
  })
  .meta({ description: "three-dimensional variational analysis: the same background covariance at all times" });
