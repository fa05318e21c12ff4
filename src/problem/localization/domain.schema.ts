import { z } from "zod";

/** Where the components of a vector are, in a case. */
export type DomainConfig =
  | { readonly name: "ring" }
  | { readonly name: "line" }
  | { readonly name: "grid"; readonly shape: number[]; readonly periodic: boolean | boolean[] };

/** Where the components of a vector are. */
export const domainSchema: z.ZodType<DomainConfig> = z
  .union([
    z.strictObject({ name: z.literal("ring") }).meta({ description: "the first one follows the last" }),
    z.strictObject({ name: z.literal("line") }).meta({ description: "one after another" }),
    z
      .strictObject({
        name: z.literal("grid"),
        shape: z
          .array(z.int().min(1))
          .min(1)
          .meta({ description: "points along each axis, the last one fastest", expected: "a list of extents" }),
        periodic: z
          .union([z.boolean(), z.array(z.boolean()).min(1)])
          .default(false)
          .meta({ description: "which axes begin again", expected: "true, false, or a list with one each" }),
      })
      .meta({ description: "a regular grid; a vector may hold several fields of it, one after another" }),
  ])
  .meta({
    description: "where the components are",
    expected: "{ name: ring }, { name: line } or { name: grid, shape: [8, 8], periodic: true }",
  });
