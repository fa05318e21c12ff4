import { z } from "zod";
import { type FileReference, fileSchema } from "./file.schema.ts";

/** One number for all variables, a list, or a file. */
export type PerVariable = number | number[] | FileReference;

/** What a network's arguments are scaled by. */
export interface NormalizeConfig {
  readonly mean: PerVariable;
  readonly scale: PerVariable;
}

function perVariable(element: z.ZodType<number>, value: number, description: string): z.ZodType<PerVariable> {
  return z
    .union([element, z.array(element).min(1), fileSchema])
    .default(value)
    .meta({ description, expected: "a number, a list with one for each variable, or { file: x.npy }" });
}

/** `normalize: { mean, scale }` of a network; `after` says what becomes of its result. */
export function normalizeSchema(after: {
  readonly mean: string;
  readonly scale: string;
}): z.ZodType<NormalizeConfig | undefined> {
  return z
    .strictObject({
      mean: perVariable(z.number(), 0, `taken away before the network${after.mean}`),
      scale: perVariable(z.number().positive(), 1, `divided by before the network${after.scale}`),
    })
    .optional()
    .meta({ description: "{ mean, scale }: the network works on (x - mean) / scale", expected: "{ mean, scale }" });
}
