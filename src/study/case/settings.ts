import { z } from "zod";
import { DEVICES, DTYPES, EXECUTORS } from "../../engine/execute/index.ts";
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

/** Where and how the numbers are computed. */
export const computeSchema: z.ZodType<ComputeConfig> = z
  .strictObject({
    executor: z.enum(EXECUTORS).meta({ expected: "auto, js, wasm or ort" }).default("auto").meta({
      description:
        "what runs models and costs: js is generated JavaScript, wasm the same with WebAssembly loops, ort is ONNX Runtime (needs the package onnxruntime-node), auto takes the faster of wasm and ort",
    }),
    dtype: z
      .enum(DTYPES)
      .meta({ expected: "float64 or float32" })
      .default("float64")
      .meta({ description: "type of the numbers in models and costs; states and covariances are float64" }),
    device: z.enum(DEVICES).meta({ expected: "cpu, gpu or auto" }).default("cpu").meta({
      description: "gpu: through ONNX Runtime (CUDA or WebGPU, which has float32 alone); auto: if there is one",
    }),
    threads: z
      .int()
      .min(1)
      .max(1024)
      .meta({ expected: "an integer from 1 on" })
      .default(1)
      .meta({ description: "threads among which members are shared, and those of ONNX Runtime" }),
  })
  .check((context) => {
    const { executor, device } = context.value;
    if ((executor === "js" || executor === "wasm") && device === "gpu")
      context.issues.push({
        code: "custom",
        path: ["device"],
        input: device,
        message: `expected "cpu" with executor "${executor}", got "gpu": use executor "ort" or "auto"`,
      });
  })
  .prefault({})
  .meta({ description: "where and how the numbers are computed" });

/** Arrays that a case can ask for. */
export const savable = [
  "analysisMean",
  "forecastMean",
  "spread",
  "smootherMean",
  "smootherSpread",
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
