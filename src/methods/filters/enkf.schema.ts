import { z } from "zod";
import { inflationSchema, membersSchema } from "../common/ensemble.schema.ts";
import type { EnkfOptions } from "./enkf.ts";

export const enkfSchema: z.ZodType<{ name: "enkf" } & Required<EnkfOptions>> = z
  .strictObject({
    name: z.literal("enkf"),
    members: membersSchema,
    inflation: inflationSchema,
    perturbations: z
      .enum(["centred", "raw"])
      .default("centred")
      .meta({ description: "draws of the observation errors: with mean zero and rescaled, or as drawn" }),
  })
  .meta({ description: "stochastic ensemble Kalman filter, with perturbed observations" });
