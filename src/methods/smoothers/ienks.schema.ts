import { z } from "zod";
import { inflationSchema, membersSchema, onFailureSchema, rotateSchema } from "../common/ensemble.schema.ts";
import type { OnFailure } from "../common/index.ts";

/** The method in a case. */
export interface IenksConfig {
  readonly name: "ienks";
  readonly members: number;
  readonly lag: number;
  readonly shift: number;
  readonly weights?: number[] | undefined;
  readonly iterations: number;
  readonly inflation: number;
  readonly rotate: boolean;
  readonly onFailure: OnFailure;
}

export const ienksSchema: z.ZodType<IenksConfig> = z
  .strictObject({
    name: z.literal("ienks"),
    members: membersSchema,
    lag: z.int().min(1).default(1).meta({ description: "observation intervals that a window goes back" }),
    shift: z.int().min(1).default(1).meta({ description: "observation times from a window's end to the next one's" }),
    weights: z.array(z.number().min(0).max(1)).min(1).optional().meta({
      description: "of a window's observations, oldest first; left out: all in the first window that has them",
      expected: "a list of numbers from 0 to 1",
    }),
    iterations: z.int().min(1).default(10).meta({ description: "most Gauss-Newton iterations in a window" }),
    inflation: inflationSchema,
    rotate: rotateSchema,
    onFailure: onFailureSchema,
  })
  .meta({ description: "iterative ensemble Kalman smoother: Gauss-Newton in ensemble space over a window" });
