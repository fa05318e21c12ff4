import { z } from "zod";
import { pathSchema } from "../file.schema.ts";

/** A model or operator from a JavaScript module in a case. */
export interface ModuleConfig {
  readonly name: "module";
  readonly file: string;
  readonly export: string;
}

export const moduleModelSchema: z.ZodType<ModuleConfig> = z
  .strictObject({
    name: z.literal("module"),
    file: pathSchema,
    export: z.string().min(1).default("default").meta({ description: "which of the module's exports" }),
  })
  .meta({ description: "a model of your own from a .js, .mjs or .ts module: { size, dt, step(x, t) }" });
