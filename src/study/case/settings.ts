import { z } from "zod";
import type { BurnInConfig, ComputeConfig, OutputsConfig } from "./types.ts";

/** How much of the beginning the averages leave out. */
export const burnInSchema: z.ZodType<BurnInConfig> = z
  .union([
    z.strictObject({ time: z.number().nonnegative().meta({ description: "times up to this one", unit: "time" }) }),
    z.strictObject({ cycles: z.int().min(0).meta({ description: "this many observation times" }) }),
  ])
  .meta({ expected: "{ time: 20 } or { cycles: 400 }" })
  .default({ cycles: 0 })
  .meta({ description: "what the averages leave out" });

const executors = ["auto", "js"] as const;

/** Where and how the numbers are computed. */
export const computeSchema: z.ZodType<ComputeConfig> = z
  .strictObject({
    executor: z
      .enum(executors)
      .meta({ expected: "auto or js (wasm and ort come in a later version)" })
      .default("auto")
      .meta({ description: "what runs the models; auto decides by itself" }),
    dtype: z
      .enum(["float64"])
      .meta({ expected: "float64 (float32 comes in a later version)" })
      .default("float64")
      .meta({ description: "type of the numbers" }),
    device: z
      .enum(["cpu"])
      .meta({ expected: "cpu (others come in a later version)" })
      .default("cpu")
      .meta({ description: "the device" }),
    threads: z
      .int()
      .min(1)
      .max(1)
      .meta({ expected: "1 (more threads come in a later version)" })
      .default(1)
      .meta({ description: "number of threads" }),
  })
  .prefault({})
  .meta({ description: "where and how the numbers are computed" });

/** Arrays that a case can ask for. */
export const savable = [
  "analysisMean",
  "forecastMean",
  "spread",
  "ensemble",
  "innovations",
  "truth",
  "observations",
  "cost",
] as const;

/** What is kept of a run. */
export const outputsSchema: z.ZodType<OutputsConfig> = z
  .strictObject({
    save: z
      .array(z.enum(savable))
      .default(["analysisMean", "forecastMean", "spread"])
      .meta({ description: `arrays to keep, of ${savable.join(", ")}` }),
    everyStep: z.boolean().default(false).meta({ description: "the means at every model step too: trajectory.npy" }),
    forecast: z
      .int()
      .min(0)
      .default(0)
      .meta({ description: "model steps to go on after the last analysis: forecast.npy" }),
    report: z.boolean().default(true).meta({ description: "write report.html" }),
  })
  .prefault({})
  .meta({ description: "what is kept" });
