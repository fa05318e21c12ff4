import { z } from "zod";
import { inflationSchema, membersSchema, onFailureSchema, rotateSchema } from "../common/ensemble.schema.ts";
import type { OnFailure } from "../common/index.ts";

/** The method in a case. */
export interface EsMdaConfig {
  readonly name: "es-mda";
  readonly members: number;
  readonly lag: number;
  readonly shift: number;
  readonly iterations: number;
  readonly update: "square-root" | "perturbed";
  readonly inflation: number;
  readonly rotate: boolean;
  readonly onFailure: OnFailure;
}

export const esMdaSchema: z.ZodType<EsMdaConfig> = z
  .strictObject({
    name: z.literal("es-mda"),
    members: membersSchema,
    lag: z.int().min(1).default(1).meta({ description: "observation intervals that a window goes back" }),
    shift: z.int().min(1).default(1).meta({ description: "observation times from a window's end to the next one's" }),
    iterations: z.int().min(1).default(4).meta({ description: "how many times observations are assimilated" }),
    update: z
      .enum(["square-root", "perturbed"])
      .default("square-root")
      .meta({ description: "deterministic updates, or with perturbed observations" }),
    inflation: inflationSchema,
    rotate: rotateSchema,
    onFailure: onFailureSchema,
  })
  .meta({ description: "ensemble smoother with multiple data assimilation" });
