import type { z } from "zod";
import { check } from "./issues.ts";

/** A name of the format with what it takes and what it makes. */
export interface Entry<Tools, Made> {
  readonly schema: z.ZodType<Named>;
  /** Makes it from its part of a case. */
  make(config: Named, tools: Tools): Made;
}

/** A part of a case that is chosen by name. */
export interface Named {
  readonly name: string;
}

/** Ties a schema to what is made from the values that it lets through. */
export function entry<Config extends Named, Tools, Made>(
  schema: z.ZodType<Config>,
  make: (config: Config, tools: Tools) => Made,
): Entry<Tools, Made> {
  return { schema, make: (config, tools) => make(check(schema, config), tools) };
}
