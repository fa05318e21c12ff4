import { z } from "zod";
import { type FileReference, fileSchema } from "../file.schema.ts";
import { dtSchema } from "./common.schema.ts";

/** A linear model in a case. */
export interface LinearConfig {
  readonly name: "linear";
  readonly matrix: number[][] | FileReference;
  readonly dt: number;
}

export const linearSchema: z.ZodType<LinearConfig> = z
  .strictObject({
    name: z.literal("linear"),
    matrix: z
      .union([z.array(z.array(z.number()).min(1)).min(1), fileSchema])
      .meta({ description: "the matrix that a step multiplies by", expected: "a list of rows or { file: F.npy }" }),
    dt: dtSchema(1),
  })
  .meta({ description: "one step multiplies the state by a matrix" });
