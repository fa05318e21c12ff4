import { z } from "zod";
import { type EnsembleConfig, ensembleKeys, rotateSchema } from "../common/ensemble.schema.ts";
import { type SerialLocalizationConfig, serialLocalizationSchema } from "../common/localization.schema.ts";

export const rankHistogramSchema: z.ZodType<
  { name: "rank-histogram"; rotate: boolean; localization: SerialLocalizationConfig } & EnsembleConfig
> = z
  .strictObject({
    name: z.literal("rank-histogram"),
    ...ensembleKeys,
    rotate: rotateSchema,
    localization: serialLocalizationSchema,
  })
  .meta({ description: "rank histogram filter: serial and local, what is observed needn't be Gaussian" });
