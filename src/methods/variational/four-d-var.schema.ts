import { z } from "zod";
import { type CovarianceConfig, covarianceSchema } from "../../problem/covariance/covariance.schema.ts";
import { type MinimizerConfig, minimizerSchema } from "../common/minimizer.schema.ts";

/** The method in a case. */
export interface FourDVarConfig {
  readonly name: "4dvar";
  readonly window: number;
  readonly covariance?: CovarianceConfig | undefined;
  readonly background: "cycled" | "climatological";
  readonly minimizer: MinimizerConfig;
  readonly weak: false;
  readonly incremental: false;
}

export const fourDVarSchema: z.ZodType<FourDVarConfig> = z
  .strictObject({
    name: z.literal("4dvar"),
    window: z.int().min(1).default(1).meta({ description: "observation times in a window" }),
    covariance: covarianceSchema(true)
      .optional()
      .meta({ description: "background covariance B at every window's start; left out: initial.covariance" }),
    background: z.enum(["cycled", "climatological"]).default("cycled").meta({
      description: "background at a window's start: the end of the window before, or the climatological mean",
    }),
    minimizer: minimizerSchema
      .prefault({ name: "lbfgs" })
      .meta({ description: "what minimises the cost: onda info minimizers" }),
    weak: z
      .literal(false)
      .meta({ expected: "false (the weak constraint comes in a later version)" })
      .default(false)
      .meta({ description: "whether the model's errors are found too" }),
    incremental: z
      .literal(false)
      .meta({ expected: "false (the incremental form comes in a later version)" })
      .default(false)
      .meta({ description: "whether quadratic costs are minimised one after the other" }),
  })
  .meta({ description: "four-dimensional variational analysis over windows: for models with an adjoint" });
