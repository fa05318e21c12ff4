import { z } from "zod";
import { type EnsembleConfig, ensembleKeys, rotateSchema } from "../common/ensemble.schema.ts";

export const etkfSchema: z.ZodType<{ name: "etkf"; rotate: boolean } & EnsembleConfig> = z
  .strictObject({ name: z.literal("etkf"), ...ensembleKeys, rotate: rotateSchema })
  .meta({ description: "ensemble transform Kalman filter: deterministic, symmetric square root" });
