import { z } from "zod";
import { onFailureSchema } from "../common/ensemble.schema.ts";
import type { ParticleOptions } from "./particle.ts";

export const particleSchema: z.ZodType<{ name: "particle" } & Required<ParticleOptions>> = z
  .strictObject({
    name: z.literal("particle"),
    particles: z.int().min(2).meta({ description: "number of particles" }),
    proposal: z
      .enum(["bootstrap", "optimal", "enkf"])
      .default("bootstrap")
      .meta({ description: "drawn by the model, or given the observations in the last step: needs model error" }),
    resampling: z
      .enum(["systematic", "stratified", "residual"])
      .default("systematic")
      .meta({ description: "how survivors are chosen" }),
    threshold: z
      .number()
      .min(0)
      .max(1)
      .default(0.5)
      .meta({ description: "resample when the effective size falls below this part of the particles" }),
    jitter: z
      .union([z.literal("auto"), z.number().nonnegative()])
      .meta({ expected: "auto or a number of at least 0" })
      .default("auto")
      .meta({
        description:
          "kernel bandwidth of resampled particles: Silverman's (none for guided ones), or that times a number; 0 = none",
      }),
    onFailure: onFailureSchema,
  })
  .meta({ description: "particle filter: no Gaussian supposed, for few variables" });
