import { z } from "zod";
import { dtSchema, parameterSchema, schemeSchema } from "./common.schema.ts";
import type { ShallowWaterOptions } from "./shallow-water.ts";

const points = z.int().min(3);

export const shallowWaterSchema: z.ZodType<{ name: "shallow-water" } & Required<ShallowWaterOptions>> = z
  .strictObject({
    name: z.literal("shallow-water"),
    grid: z.tuple([points, points]).default([64, 64]).meta({
      description: "points in y and x; the state is u, v and h on them",
      expected: "two integers of at least 3",
    }),
    spacing: z.number().positive().default(0.01).meta({ description: "distance of points", unit: "length" }),
    dt: dtSchema(0.002),
    gravity: z.number().positive().default(1).meta({ description: "waves have the speed sqrt(gravity · h)" }),
    drag: z.number().min(0).default(0).meta({ description: "rate at which friction slows the flow", unit: "1/time" }),
    coriolis: parameterSchema(0, "Coriolis parameter"),
    boundary: z
      .enum(["periodic", "walls", "channel"])
      .default("periodic")
      .meta({ description: "edges: periodic, walls all around, or walls in y alone" }),
    equations: z.enum(["full", "simplified"]).default("full").meta({
      description: "full, or without advection of momentum on an unstaggered grid",
    }),
    scheme: schemeSchema,
  })
  .meta({ description: "a layer of water in two dimensions, conserving mass and energy (Sadourny 1975)" });
