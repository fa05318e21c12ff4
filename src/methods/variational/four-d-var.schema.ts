import { z } from "zod";
import { type CovarianceConfig, covarianceSchema } from "../../problem/covariance/covariance.schema.ts";
import { type VariationalConfig, variationalKeys } from "./variational.schema.ts";

/** The method in a case. */
export interface FourDVarConfig extends VariationalConfig {
  readonly name: "4dvar";
  readonly window: number;
  readonly shift?: number | undefined;
  readonly weights?: number[] | undefined;
  readonly covariance?: CovarianceConfig | undefined;
  readonly background: "cycled" | "climatological";
  readonly weak: boolean;
  readonly fgat: boolean;
  readonly checkpoint: boolean;
}

export const fourDVarSchema: z.ZodType<FourDVarConfig> = z
  .strictObject({
    name: z.literal("4dvar"),
    window: z.int().min(1).default(1).meta({ description: "observation times in a window" }),
    shift: z
      .int()
      .min(1)
      .optional()
      .meta({ description: "observation times by which the window moves; left out: by the whole window" }),
    weights: z.array(z.number().min(0).max(1)).min(1).optional().meta({
      description: "of a window's observations, oldest first; left out: all in the first window that has them",
      expected: "a list of numbers from 0 to 1",
    }),
    covariance: covarianceSchema(true)
      .optional()
      .meta({ description: "background covariance B at every window's start; left out: initial.covariance" }),
    background: z.enum(["cycled", "climatological"]).default("cycled").meta({
      description: "background at a window's start: what the window before analysed, or the climatological mean",
    }),
    weak: z
      .boolean()
      .default(false)
      .meta({ description: "whether the model's errors, of covariance modelError, are found too" }),
    fgat: z
      .boolean()
      .default(false)
      .meta({ description: "increments stay as they are over the window: no tangent and adjoint of the model" }),
    checkpoint: z
      .boolean()
      .default(false)
      .meta({ description: "keep few states for the backward pass and run the rest again: less memory" }),
    ...variationalKeys,
  })
  .meta({ description: "four-dimensional variational analysis over windows: for models with an adjoint" });
