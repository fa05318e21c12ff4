import { z } from "zod";
import { dtSchema, parameterSchema, schemeSchema } from "./common.schema.ts";
import type { Lorenz96Options } from "./lorenz96.ts";

export const lorenz96Schema: z.ZodType<{ name: "lorenz96" } & Required<Lorenz96Options>> = z
  .strictObject({
    name: z.literal("lorenz96"),
    size: z.int().min(4).default(40).meta({ description: "variables on the ring" }),
    forcing: parameterSchema(8, "forcing; chaotic at 8"),
    dt: dtSchema(0.05),
    scheme: schemeSchema,
  })
  .meta({ description: "a ring of an atmospheric quantity, chaotic (Lorenz 1996)" });
