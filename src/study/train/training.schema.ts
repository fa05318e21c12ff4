import { z } from "zod";
import type { EvaluationConfig, TrainCompute, TrainOutputs } from "./types.ts";

/** A training whose data, layers and stages are still to be checked, each by the schema of its kind. */
export interface TrainingShell {
  readonly title: string;
  readonly seed: number;
  readonly data?: unknown;
  readonly network: {
    readonly predicts?: "increment" | "state" | "output" | undefined;
    readonly normalize: boolean | "channels" | "all";
    readonly layers: unknown[];
  };
  readonly training?: unknown;
  readonly evaluation: EvaluationConfig;
  readonly compute: TrainCompute;
  readonly outputs: TrainOutputs;
}

const evaluation: z.ZodType<EvaluationConfig> = z
  .strictObject({
    starts: z.int().min(1).default(200).meta({ description: "rollouts, from states spread over the test part" }),
    steps: z
      .int()
      .min(1)
      .optional()
      .meta({ description: "their length; ten Lyapunov times, or 100 steps, when left out" }),
    threshold: z
      .number()
      .positive()
      .default(0.4)
      .meta({ description: "the error that ends the valid time, in climatological deviations" }),
    lyapunovExponent: z
      .number()
      .positive()
      .optional()
      .meta({ description: "of the true system; estimated when the data come from a model", unit: "1/time" }),
  })
  .prefault({})
  .meta({ description: "how the skill on the test part is measured" });

const compute: z.ZodType<TrainCompute> = z
  .strictObject({
    executor: z
      .enum(["auto", "js", "ort"])
      .default("auto")
      .meta({ description: "what runs the training: auto is js; ort is faster with wide layers and convolutions" }),
    dtype: z.enum(["float64", "float32"]).default("float64").meta({ description: "type of the numbers" }),
    threads: z.int().min(1).default(1).meta({ description: "number of threads of ort" }),
  })
  .prefault({})
  .meta({ description: "where and how the numbers are computed" });

const outputs: z.ZodType<TrainOutputs> = z
  .strictObject({
    weights: z
      .enum(["float64", "float32"])
      .default("float64")
      .meta({ description: "type of the numbers in model.onnx" }),
    batch: z.int().min(1).default(1).meta({ description: "samples that model.onnx takes at a time" }),
    report: z.boolean().default(true).meta({ description: "write report.html" }),
  })
  .prefault({})
  .meta({ description: "what is written" });

/** The whole training, but for data, layers and stages. */
export const trainingSchema: z.ZodType<TrainingShell> = z
  .strictObject({
    title: z.string().default("Untitled training").meta({ description: "what it is about" }),
    seed: z
      .int()
      .min(0)
      .meta({ expected: "an integer from 0 to 2^53 - 1" })
      .default(0)
      .meta({ description: "all randomness comes from it" }),
    data: z.unknown().optional().meta({ description: "the samples" }),
    network: z
      .strictObject({
        predicts: z
          .enum(["increment", "state", "output"])
          .optional()
          .meta({ description: "what the layers make; increment where states follow one another, else output" }),
        normalize: z
          .union([z.boolean(), z.enum(["channels", "all"])])
          .meta({ expected: "true, false, channels or all" })
          .default(true)
          .meta({ description: "whether the layers see numbers of mean 0 and deviation 1" }),
        layers: z
          .array(z.unknown())
          .min(1)
          .meta({ expected: "a list of layers such as { dense: 64, activation: tanh }" }),
      })
      .meta({ expected: "a mapping with layers" }),
    training: z.unknown().optional().meta({ description: "one stage, or a list of them" }),
    evaluation,
    compute,
    outputs,
  })
  .meta({ expected: "a training: a mapping with data, network and training" });
