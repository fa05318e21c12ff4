import { z } from "zod";
import { type EnsembleConfig, ensembleKeys, rotateSchema } from "../common/ensemble.schema.ts";
import type { EnkfNPrior } from "./enkf-n.ts";

export const enkfNSchema: z.ZodType<{ name: "enkf-n"; rotate: boolean; prior: EnkfNPrior } & EnsembleConfig> = z
  .strictObject({
    name: z.literal("enkf-n"),
    ...ensembleKeys,
    rotate: rotateSchema,
    prior: z
      .enum(["corrected", "plain"])
      .default("corrected")
      .meta({ description: "prior of the inflation that is found: its mode corrected for the observations, or not" }),
  })
  .meta({ description: "finite-size ensemble filter: finds its own inflation in every analysis" });
