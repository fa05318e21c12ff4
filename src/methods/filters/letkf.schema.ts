import { z } from "zod";
import { type EnsembleConfig, ensembleKeys, rotateSchema } from "../common/ensemble.schema.ts";
import { type PlaceLocalizationConfig, placeLocalizationSchema } from "../common/localization.schema.ts";

export const letkfSchema: z.ZodType<
  { name: "letkf"; rotate: boolean; localization: PlaceLocalizationConfig } & EnsembleConfig
> = z
  .strictObject({
    name: z.literal("letkf"),
    ...ensembleKeys,
    rotate: rotateSchema,
    localization: placeLocalizationSchema,
  })
  .meta({ description: "local ensemble transform Kalman filter: an analysis of its own at every place" });
