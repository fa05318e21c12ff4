import { z } from "zod";
import { type CovarianceConfig, covarianceSchema } from "../../problem/covariance/covariance.schema.ts";
import { type MinimizerConfig, minimizerSchema } from "../common/minimizer.schema.ts";

/** The method in a case. */
export interface ThreeDVarConfig {
  readonly name: "3dvar";
  readonly covariance?: CovarianceConfig | undefined;
  readonly minimizer: MinimizerConfig;
}

export const threeDVarSchema: z.ZodType<ThreeDVarConfig> = z
  .strictObject({
    name: z.literal("3dvar"),
    covariance: covarianceSchema(true)
      .optional()
      .meta({ description: "background covariance B of every analysis; left out: initial.covariance" }),
    minimizer: minimizerSchema
      .prefault({ name: "lbfgs" })
      .meta({ description: "what minimises the cost: onda info minimizers" }),
  })
  .meta({ description: "three-dimensional variational analysis: the same background covariance at all times" });
