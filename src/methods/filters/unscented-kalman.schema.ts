import { z } from "zod";
import type { UnscentedKalmanOptions } from "./unscented-kalman.ts";

export const unscentedKalmanSchema: z.ZodType<{ name: "unscented-kalman" } & Required<UnscentedKalmanOptions>> = z
  .strictObject({
    name: z.literal("unscented-kalman"),
    alpha: z.number().positive().default(1).meta({ description: "how far the points are from the mean" }),
    beta: z.number().default(0).meta({ description: "added to the weight of the central point in covariances" }),
    kappa: z.number().default(0).meta({ description: "with the number of variables it spreads the points" }),
  })
  .meta({ description: "unscented Kalman filter: sigma points instead of derivatives, for small states" });
