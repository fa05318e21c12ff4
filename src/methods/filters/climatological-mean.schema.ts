import { z } from "zod";

export const climatologicalMeanSchema: z.ZodType<{ name: "climatology" }> = z
  .strictObject({ name: z.literal("climatology") })
  .meta({ description: "the climatological mean at all times: what every method must beat" });
