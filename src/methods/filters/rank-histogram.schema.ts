import { z } from "zod";
import { type EnsembleConfig, ensembleKeys, rotateSchema } from "../common/ensemble.schema.ts";
import { type LocalizationConfig, standardLocalizationSchema } from "../common/localization.schema.ts";

export const rankHistogramSchema: z.ZodType<
  { name: "rank-histogram"; rotate: boolean; localization: LocalizationConfig } & EnsembleConfig
> = z
  .strictObject({
    name: z.literal("rank-histogram"),
    ...ensembleKeys,
    rotate: rotateSchema,
    localization: standardLocalizationSchema,
  })
  .meta({ description: "rank histogram filter: serial and local, what is observed needn't be Gaussian" });
