import { z } from "zod";
import { type EnsembleConfig, ensembleKeys } from "../common/ensemble.schema.ts";

export const enkfSchema: z.ZodType<{ name: "enkf"; perturbations: "centred" | "raw" } & EnsembleConfig> = z
  .strictObject({
    name: z.literal("enkf"),
    ...ensembleKeys,
    perturbations: z
      .enum(["centred", "raw"])
      .default("centred")
      .meta({ description: "draws of the observation errors: with mean zero and rescaled, or as drawn" }),
  })
  .meta({ description: "stochastic ensemble Kalman filter, with perturbed observations" });
