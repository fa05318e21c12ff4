import { z } from "zod";
import type { ExtendedKalmanOptions } from "./extended-kalman.ts";

export const extendedKalmanSchema: z.ZodType<{ name: "extended-kalman" } & Required<ExtendedKalmanOptions>> = z
  .strictObject({
    name: z.literal("extended-kalman"),
    inflation: z
      .number()
      .positive()
      .default(1)
      .meta({ description: "factor on the forecast covariance per unit of time", unit: "1/time" }),
  })
  .meta({ description: "Kalman filter of the linearised model: for small states" });
