import { z } from "zod";
import { covarianceSchema } from "../../problem/covariance/covariance.schema.ts";
import { fileSchema } from "../../problem/file.schema.ts";
import { modelSchema } from "../case/schema.ts";
import type { ModelData, PairData, TrajectoriesData, TrajectoryData } from "./types.ts";

const share = "a share from 0 to 1, or a number of samples";
const part = (value: number, description: string): z.ZodType<number> =>
  z
    .number()
    .min(0)
    .refine((given) => given < 1 || Number.isInteger(given), {
      error: ({ input }) => `expected ${share}, got ${input}`,
    })
    .meta({ expected: share })
    .default(value)
    .meta({ description });
const heldOut = {
  validation: part(0.1, "held out to choose the best epoch"),
  test: part(0.2, "held out to measure the skill"),
};
const dt = z.number().positive().default(1).meta({ description: "time between states", unit: "time" });

const modelData: z.ZodType<ModelData> = z.strictObject({
  model: modelSchema,
  initial: z
    .strictObject({
      mean: z
        .union([z.number(), z.array(z.number()).min(1), fileSchema])
        .meta({ expected: "a number, a list of numbers or { file: x.npy }" })
        .default(0)
        .meta({ description: "mean of the first state of a run" }),
      covariance: covarianceSchema(false).default({ variance: 1 }).meta({ description: "its covariance" }),
    })
    .prefault({})
    .meta({ description: "the distribution of the first states of runs" }),
  trajectories: z.int().min(1).default(1).meta({ description: "runs, each from a start of its own" }),
  samples: z.int().min(2).meta({ description: "states kept of each run, those held out included" }),
  every: z.int().min(1).default(1).meta({ description: "model steps from one state to the next" }),
  spinUp: z.int().min(0).default(1000).meta({ description: "model steps before the first state" }),
  ...heldOut,
});

const trajectoryData: z.ZodType<TrajectoryData> = z.strictObject({
  trajectory: fileSchema.meta({ description: "states in their order, (times, …state)" }),
  dt,
  ...heldOut,
});

const trajectoriesData: z.ZodType<TrajectoriesData> = z.strictObject({
  trajectories: fileSchema.meta({ description: "runs of equal length, (runs, times, …state)" }),
  dt,
  ...heldOut,
});

const pairData: z.ZodType<PairData> = z.strictObject({
  inputs: fileSchema.meta({ description: "a sample each row" }),
  targets: fileSchema.meta({ description: "what the network should make of each" }),
  ...heldOut,
});

/** The kinds of data, by the key that says which one it is. */
export const dataSchemas: {
  readonly model: z.ZodType<ModelData>;
  readonly trajectory: z.ZodType<TrajectoryData>;
  readonly trajectories: z.ZodType<TrajectoriesData>;
  readonly inputs: z.ZodType<PairData>;
} = {
  model: modelData,
  trajectory: trajectoryData,
  trajectories: trajectoriesData,
  inputs: pairData,
};
