import { z } from "zod";
import { type MinimizerConfig, minimizerSchema } from "../common/minimizer.schema.ts";

/** What 3D-Var and 4D-Var have in common in a case. */
export interface VariationalConfig {
  readonly minimizer?: MinimizerConfig | undefined;
  readonly incremental: boolean;
  readonly robust?: { readonly huber: number } | undefined;
  readonly bias?: { readonly predictors: "constant"; readonly variance: number; readonly mean: number } | undefined;
  readonly posterior: boolean | { readonly vectors: number };
}

/** A schema for each key. */
type Keys = { readonly [K in keyof VariationalConfig]-?: z.ZodType<VariationalConfig[K]> };

const biasSchema = z
  .strictObject({
    predictors: z
      .literal("constant")
      .default("constant")
      .meta({ description: "what the bias depends on: constant, one for all observations" }),
    variance: z.number().positive().meta({ description: "its background variance, before every analysis" }),
    mean: z.number().default(0).meta({ description: "its background at the start" }),
  })
  .meta({ description: "a bias of the observations that is found with the state" });

export const variationalKeys: Keys = {
  minimizer: minimizerSchema
    .optional()
    .meta({ description: "what minimises the cost, lbfgs or, if incremental, gauss-newton: onda info minimizers" }),
  incremental: z
    .boolean()
    .default(false)
    .meta({ description: "whether quadratic costs about the iterate are minimised one after the other" }),
  robust: z
    .strictObject({
      huber: z
        .number()
        .positive()
        .meta({ description: "standard deviations from which on a residual counts linearly" }),
    })
    .optional()
    .meta({ description: "Huber's cost of observations: against gross errors" }),
  bias: biasSchema.optional(),
  posterior: z
    .union([
      z.boolean(),
      z.strictObject({
        vectors: z.int().min(1).meta({ description: "Lanczos vectors: the most tangent and adjoint runs" }),
      }),
    ])
    .meta({ expected: "true, false or a mapping such as { vectors: 20 }" })
    .default(false)
    .meta({ description: "standard deviations of the analysis from the cost's Hessian" }),
};
