import { z } from "zod";
import { type EnsembleConfig, ensembleKeys } from "../common/ensemble.schema.ts";
import { type LocalizationConfig, localizationSchema } from "../common/localization.schema.ts";

/** The method in a case. */
export interface EnkfConfig extends EnsembleConfig {
  readonly name: "enkf";
  readonly perturbations: "centred" | "raw";
  readonly localization?: LocalizationConfig | undefined;
}

export const enkfSchema: z.ZodType<EnkfConfig> = z
  .strictObject({
    name: z.literal("enkf"),
    ...ensembleKeys,
    localization: localizationSchema,
    perturbations: z
      .enum(["centred", "raw"])
      .default("centred")
      .meta({ description: "draws of the observation errors: with mean zero and rescaled, or as drawn" }),
  })
  .meta({ description: "stochastic ensemble Kalman filter, with perturbed observations" });
