import { z } from "zod";
import { denkfSchema } from "../filters/denkf.schema.ts";
import { enkfSchema } from "../filters/enkf.schema.ts";
import { enkfNSchema } from "../filters/enkf-n.schema.ts";
import { ensrfSchema } from "../filters/ensrf.schema.ts";
import { etkfSchema } from "../filters/etkf.schema.ts";

/** The method in a case. */
export interface EnksConfig {
  readonly name: "enks";
  readonly lag: number;
  readonly filter:
    | z.output<typeof enkfSchema>
    | z.output<typeof etkfSchema>
    | z.output<typeof ensrfSchema>
    | z.output<typeof denkfSchema>
    | z.output<typeof enkfNSchema>;
}

export const enksSchema: z.ZodType<EnksConfig> = z
  .strictObject({
    name: z.literal("enks"),
    lag: z.int().min(1).meta({ description: "number of later observation times that a state is given" }),
    filter: z.union([enkfSchema, etkfSchema, ensrfSchema, denkfSchema, enkfNSchema]).meta({
      description: "the filter that goes along: enkf, etkf, ensrf, denkf or enkf-n",
      expected: "a filter such as { name: etkf, members: 20 }",
      kind: "filter",
    }),
  })
  .meta({ description: "ensemble Kalman smoother: analyses change the members of the last times too" });
