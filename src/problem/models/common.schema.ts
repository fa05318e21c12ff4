import { z } from "zod";
import type { Scheme } from "./integrators.ts";

/** Time units of a step, with the model's own default. */
export function dtSchema(value: number): z.ZodType<number> {
  return z.number().positive().default(value).meta({ description: "length of a step", unit: "time" });
}

/** A number without a range. */
export function parameterSchema(value: number, description: string): z.ZodType<number> {
  return z.number().default(value).meta({ description });
}

/** How a model of ordinary differential equations is stepped. */
export const schemeSchema: z.ZodType<Scheme> = z
  .enum(["rk4", "heun", "euler"])
  .default("rk4")
  .meta({ description: "time stepping: Runge-Kutta of fourth order, Heun's of second, Euler's of first" });
