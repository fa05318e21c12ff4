import { z } from "zod";
import { dtSchema } from "./common.schema.ts";
import type { IdentityOptions } from "./identity.ts";

export const identityModelSchema: z.ZodType<{ name: "identity" } & Required<IdentityOptions>> = z
  .strictObject({
    name: z.literal("identity"),
    size: z.int().min(1).meta({ description: "variables of the state" }),
    dt: dtSchema(1),
  })
  .meta({ description: "the state stands still: for a single analysis (observations: atStart true, count 1)" });
