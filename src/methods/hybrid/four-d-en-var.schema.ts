import { z } from "zod";
import { type HybridWindowConfig, hybridWindowKeys } from "./hybrid.schema.ts";

export const fourDEnVarSchema: z.ZodType<{ readonly name: "4denvar"; readonly outer: number } & HybridWindowConfig> = z
  .strictObject({
    name: z.literal("4denvar"),
    ...hybridWindowKeys(1),
    outer: z.int().min(1).default(1).meta({ description: "runs of the members about the last estimate" }),
  })
  .meta({ description: "4D-Var in the space of an ensemble, without an adjoint: for any model" });
