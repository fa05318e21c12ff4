import { z } from "zod";
import { type EnsembleConfig, ensembleKeys, rotateSchema } from "../common/ensemble.schema.ts";
import { type LocalizationConfig, standardLocalizationSchema } from "../common/localization.schema.ts";

export const eakfSchema: z.ZodType<
  { name: "eakf"; rotate: boolean; localization: LocalizationConfig } & EnsembleConfig
> = z
  .strictObject({
    name: z.literal("eakf"),
    ...ensembleKeys,
    rotate: rotateSchema,
    localization: standardLocalizationSchema,
  })
  .meta({ description: "ensemble adjustment Kalman filter: serial and local" });
