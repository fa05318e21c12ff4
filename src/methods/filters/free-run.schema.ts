import { z } from "zod";

export const freeRunSchema: z.ZodType<{ name: "none" }> = z
  .strictObject({ name: z.literal("none") })
  .meta({ description: "no assimilation: the model runs freely from the initial mean" });
