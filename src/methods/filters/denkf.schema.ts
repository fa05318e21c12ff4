import { z } from "zod";
import { type EnsembleConfig, ensembleKeys, rotateSchema } from "../common/ensemble.schema.ts";

export const denkfSchema: z.ZodType<{ name: "denkf"; rotate: boolean } & EnsembleConfig> = z
  .strictObject({ name: z.literal("denkf"), ...ensembleKeys, rotate: rotateSchema })
  .meta({ description: "deterministic ensemble Kalman filter: half of the gain for the anomalies" });
