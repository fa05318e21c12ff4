import { z } from "zod";
import { dtSchema } from "./common.schema.ts";
import type { KuramotoSivashinskyOptions } from "./kuramoto-sivashinsky.ts";

type Config = { name: "kuramoto-sivashinsky" } & Required<KuramotoSivashinskyOptions>;

export const kuramotoSivashinskySchema: z.ZodType<Config> = z
  .strictObject({
    name: z.literal("kuramoto-sivashinsky"),
    size: z.int().min(4).multipleOf(2).default(128).meta({ description: "points, an even number" }),
    length: z
      .number()
      .positive()
      .default(32 * Math.PI)
      .meta({ description: "length of the periodic domain", unit: "length" }),
    dt: dtSchema(0.5),
  })
  .meta({ description: "a flame front on a ring, chaotic; exponential Runge-Kutta steps (Kassam and Trefethen 2005)" });
