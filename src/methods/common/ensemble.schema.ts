import { z } from "zod";

/** Ensemble size. */
export const membersSchema: z.ZodType<number> = z.int().min(2).meta({ description: "size of the ensemble" });

/** Inflation after an analysis. */
export const inflationSchema: z.ZodType<number> = z
  .number()
  .positive()
  .default(1)
  .meta({ description: "factor on the analysis anomalies (on the standard deviation)" });
