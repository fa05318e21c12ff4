import { z } from "zod";
import { extendedKalmanSchema } from "../filters/extended-kalman.schema.ts";
import { kalmanSchema } from "../filters/kalman.schema.ts";
import { unscentedKalmanSchema } from "../filters/unscented-kalman.schema.ts";

/** The method in a case. */
export interface RtsConfig {
  readonly name: "rts";
  readonly filter:
    | z.output<typeof kalmanSchema>
    | z.output<typeof extendedKalmanSchema>
    | z.output<typeof unscentedKalmanSchema>;
}

export const rtsSchema: z.ZodType<RtsConfig> = z
  .strictObject({
    name: z.literal("rts"),
    filter: z.union([kalmanSchema, extendedKalmanSchema, unscentedKalmanSchema]).meta({
      description: "the filter that goes before: kalman, extended-kalman or unscented-kalman",
      expected: "a filter such as { name: kalman }",
      kind: "filter",
    }),
  })
  .meta({ description: "Rauch-Tung-Striebel smoother: a pass backwards over the run of a Gaussian filter" });
