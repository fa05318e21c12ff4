import { z } from "zod";
import { dtSchema, parameterSchema, schemeSchema } from "./common.schema.ts";
import type { Lorenz63Options } from "./lorenz63.ts";

export const lorenz63Schema: z.ZodType<{ name: "lorenz63" } & Required<Lorenz63Options>> = z
  .strictObject({
    name: z.literal("lorenz63"),
    sigma: parameterSchema(10, "Prandtl number"),
    rho: parameterSchema(28, "Rayleigh number over its critical value"),
    beta: parameterSchema(8 / 3, "aspect of the convection cells"),
    dt: dtSchema(0.01),
    scheme: schemeSchema,
  })
  .meta({ description: "three equations of convection, chaotic (Lorenz 1963)" });
