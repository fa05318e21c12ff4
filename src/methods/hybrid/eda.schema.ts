import { z } from "zod";
import { type HybridWindowConfig, hybridWindowKeys } from "./hybrid.schema.ts";

export const edaSchema: z.ZodType<{ readonly name: "eda" } & HybridWindowConfig> = z
  .strictObject({ name: z.literal("eda"), ...hybridWindowKeys(0) })
  .meta({ description: "an ensemble of 4D-Vars with perturbed observations and backgrounds" });
