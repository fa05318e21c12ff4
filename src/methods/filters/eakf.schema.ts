import { z } from "zod";
import { type EnsembleConfig, ensembleKeys, rotateSchema } from "../common/ensemble.schema.ts";
import { type SerialLocalizationConfig, serialLocalizationSchema } from "../common/localization.schema.ts";

export const eakfSchema: z.ZodType<
  { name: "eakf"; rotate: boolean; localization: SerialLocalizationConfig } & EnsembleConfig
> = z
  .strictObject({
    name: z.literal("eakf"),
    ...ensembleKeys,
    rotate: rotateSchema,
    localization: serialLocalizationSchema,
  })
  .meta({ description: "ensemble adjustment Kalman filter: serial and local" });
