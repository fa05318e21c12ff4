import { z } from "zod";

/** A loss. */
export type LossConfig =
  | { readonly name: "mse" | "mae" | "relative-l2" }
  | { readonly name: "huber"; readonly delta: number };

/** An optimiser with its numbers. */
export type OptimizerConfig =
  | {
      readonly name: "adam";
      readonly learningRate: number;
      readonly beta1: number;
      readonly beta2: number;
      readonly epsilon: number;
    }
  | {
      readonly name: "adamw";
      readonly learningRate: number;
      readonly beta1: number;
      readonly beta2: number;
      readonly epsilon: number;
      readonly decay: number;
      readonly decayBiases: boolean;
    }
  | { readonly name: "sgd"; readonly learningRate: number; readonly momentum: number };

/** A schedule of the learning rate. */
export type ScheduleConfig = { readonly warmUp: number } & (
  | { readonly name: "constant" }
  | { readonly name: "cosine"; readonly end: number }
  | { readonly name: "step"; readonly epochs: number; readonly factor: number }
  | { readonly name: "plateau"; readonly patience: number; readonly factor: number; readonly tolerance: number }
);

/** One stage of a training. */
export interface StageConfig {
  readonly epochs: number;
  readonly batchSize: number;
  readonly rollout: number;
  readonly saveMemory: boolean;
  readonly loss: LossConfig;
  readonly optimizer: OptimizerConfig;
  readonly schedule: ScheduleConfig;
  readonly clipNorm?: number | undefined;
  readonly earlyStop?: { readonly patience: number; readonly tolerance: number } | undefined;
}

const lossNames = ["mse", "mae", "relative-l2", "huber"] as const;
const lossSchema: z.ZodType<LossConfig> = z
  .union([
    z
      .enum(lossNames)
      .transform((name): LossConfig => (name === "huber" ? { name, delta: 1 } : { name }))
      .meta({ expected: `one of ${lossNames.join(", ")}` }),
    z.strictObject({ name: z.enum(["mse", "mae", "relative-l2"]) }),
    z.strictObject({
      name: z.literal("huber"),
      delta: z.number().positive().default(1).meta({ description: "errors beyond it count in a line" }),
    }),
  ])
  .meta({ expected: `one of ${lossNames.join(", ")}, or { name: huber, delta: 1 }` });

const learningRate = z.number().positive().default(1e-3).meta({ description: "step size" });
const share = (value: number): z.ZodType<number> =>
  z.number().min(0).lt(1).default(value).meta({ expected: "a number from 0 to 1, 1 excluded" });
const adaptive = { learningRate, beta1: share(0.9), beta2: share(0.999), epsilon: z.number().positive().default(1e-8) };
const optimizerSchema: z.ZodType<OptimizerConfig> = z
  .union([
    z.strictObject({
      name: z.literal("adamw"),
      ...adaptive,
      decay: z.number().nonnegative().default(0.01).meta({ description: "how fast parameters decay" }),
      decayBiases: z.boolean().default(true).meta({ description: "whether biases and the like decay too" }),
    }),
    z.strictObject({ name: z.literal("adam"), ...adaptive }),
    z.strictObject({ name: z.literal("sgd"), learningRate, momentum: share(0) }),
  ])
  .meta({ expected: "an optimizer such as { name: adam, learningRate: 0.001 }" });

const warmUp = z.int().min(0).default(0).meta({ description: "steps over which the rate rises from 0" });
const factor = z.number().gt(0).max(1).default(0.1).meta({ description: "the rate is multiplied by it" });
const scheduleSchema: z.ZodType<ScheduleConfig> = z
  .union([
    z.strictObject({ name: z.literal("constant"), warmUp }),
    z.strictObject({
      name: z.literal("cosine"),
      warmUp,
      end: z.number().min(0).max(1).default(0).meta({ description: "the factor at the end" }),
    }),
    z.strictObject({
      name: z.literal("step"),
      warmUp,
      epochs: z.int().min(1).meta({ description: "epochs between falls" }),
      factor,
    }),
    z.strictObject({
      name: z.literal("plateau"),
      warmUp,
      patience: z.int().min(1).default(10).meta({ description: "epochs without progress before a fall" }),
      factor,
      tolerance: z.number().nonnegative().default(0).meta({ description: "how far a loss has to fall to count" }),
    }),
  ])
  .meta({ expected: "a schedule such as { name: cosine, warmUp: 100 }" });

/** One stage. */
export const stageSchema: z.ZodType<StageConfig> = z
  .strictObject({
    epochs: z.int().min(1).default(100).meta({ description: "passes over the data" }),
    batchSize: z.int().min(1).default(32).meta({ description: "samples of a step" }),
    rollout: z.int().min(1).default(1).meta({ description: "steps of the network that a sample compares" }),
    saveMemory: z.boolean().default(false).meta({ description: "compute rollouts twice and keep fewer states" }),
    loss: lossSchema.prefault("mse").meta({ description: "what is made small" }),
    optimizer: optimizerSchema.prefault({ name: "adamw" }).meta({ description: "the rule of the steps" }),
    schedule: scheduleSchema.prefault({ name: "constant" }).meta({ description: "how the step size changes" }),
    clipNorm: z.number().positive().optional().meta({ description: "longer gradients are shortened to it" }),
    earlyStop: z
      .strictObject({
        patience: z.int().min(1).meta({ description: "epochs without progress that are forgiven" }),
        tolerance: z.number().nonnegative().default(0).meta({ description: "how far a loss has to fall to count" }),
      })
      .optional()
      .meta({ description: "when to give up" }),
  })
  .meta({ expected: "a stage such as { epochs: 60, batchSize: 64 }, or a list of stages" });
