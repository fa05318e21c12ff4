import { z } from "zod";
import { dtSchema, parameterSchema, schemeSchema } from "./common.schema.ts";
import type { Lorenz84Options } from "./lorenz84.ts";

export const lorenz84Schema: z.ZodType<{ name: "lorenz84" } & Required<Lorenz84Options>> = z
  .strictObject({
    name: z.literal("lorenz84"),
    a: parameterSchema(0.25, "damping of the westerly wind"),
    b: parameterSchema(4, "displacement of the waves by the wind"),
    forcing: parameterSchema(8, "thermal forcing of the wind"),
    g: parameterSchema(1.23, "thermal forcing of the waves"),
    dt: dtSchema(0.05),
    scheme: schemeSchema,
  })
  .meta({ description: "a westerly wind and two phases of a wave, chaotic (Lorenz 1984)" });
