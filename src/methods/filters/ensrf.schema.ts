import { z } from "zod";
import { type EnsembleConfig, ensembleKeys, rotateSchema } from "../common/ensemble.schema.ts";

export const ensrfSchema: z.ZodType<{ name: "ensrf"; rotate: boolean } & EnsembleConfig> = z
  .strictObject({ name: z.literal("ensrf"), ...ensembleKeys, rotate: rotateSchema })
  .meta({ description: "serial ensemble square-root filter: observations one after another in random order" });
