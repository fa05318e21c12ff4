import { z } from "zod";
import { type HybridWindowConfig, hybridWindowKeys } from "./hybrid.schema.ts";

export const enFourDVarSchema: z.ZodType<{ readonly name: "en4dvar" } & HybridWindowConfig> = z
  .strictObject({ name: z.literal("en4dvar"), ...hybridWindowKeys(1) })
  .meta({ description: "4D-Var with the covariance of an ensemble, or a hybrid one: for models with an adjoint" });
