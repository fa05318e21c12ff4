import { z } from "zod";

export const kalmanSchema: z.ZodType<{ name: "kalman" }> = z
  .strictObject({ name: z.literal("kalman") })
  .meta({ description: "Kalman filter: exact for a linear model and linear operators" });
