import { z } from "zod";
import { type EnsembleConfig, ensembleKeys, rotateSchema } from "../common/ensemble.schema.ts";
import { type LocalizationConfig, standardLocalizationSchema } from "../common/localization.schema.ts";

export const letkfSchema: z.ZodType<
  { name: "letkf"; rotate: boolean; localization: LocalizationConfig } & EnsembleConfig
> = z
  .strictObject({
    name: z.literal("letkf"),
    ...ensembleKeys,
    rotate: rotateSchema,
    localization: standardLocalizationSchema,
  })
  .meta({ description: "local ensemble transform Kalman filter: an analysis of its own at every place" });
