import { z } from "zod";

/** How a cost is minimised, in a case. What is left out has the minimiser's default. */
export interface MinimizerConfig {
  readonly name: "lbfgs" | "gauss-newton" | "cg" | "adam" | "adamw" | "sgd";
  readonly iterations?: number | undefined;
  readonly tolerance?: number | undefined;
  readonly inner?: { readonly iterations: number; readonly tolerance: number } | undefined;
  readonly pairs?: number | undefined;
  readonly learningRate?: number | undefined;
  readonly earlyStop?: { readonly patience: number; readonly tolerance: number } | undefined;
}

const iterations = z.int().min(1);
const tolerance = z
  .number()
  .nonnegative()
  .meta({ description: "converged when the gradient has fallen by this factor" });
const learningRate = z.number().positive().default(1e-3).meta({ description: "step size" });
const earlyStop = z
  .strictObject({
    patience: z.int().min(0).meta({ description: "iterations without progress that are forgiven" }),
    tolerance: z.number().nonnegative().meta({ description: "how far the cost has to fall to count as progress" }),
  })
  .optional()
  .meta({ description: "when to give up" });

function firstOrder(name: "adam" | "adamw" | "sgd", description: string): z.ZodType<MinimizerConfig> {
  return z
    .strictObject({
      name: z.literal(name),
      iterations: iterations.default(1000).meta({ description: "the most steps" }),
      learningRate,
      earlyStop,
    })
    .meta({ description });
}

/** The minimisers, one schema each. */
export const minimizerSchemas: readonly z.ZodType<MinimizerConfig>[] = [
  z
    .strictObject({
      name: z.literal("lbfgs"),
      iterations: iterations.default(500).meta({ description: "the most steps" }),
      tolerance: tolerance.default(1e-10),
    })
    .meta({ description: "limited-memory BFGS with a line search: for smooth costs" }),
  z
    .strictObject({
      name: z.literal("gauss-newton"),
      iterations: iterations.default(10).meta({ description: "the most outer loops" }),
      tolerance: tolerance.default(1e-8),
      inner: z
        .strictObject({
          iterations: iterations.default(100).meta({ description: "the most products" }),
          tolerance: z
            .number()
            .nonnegative()
            .default(1e-6)
            .meta({ description: "done when the residual has fallen by this factor" }),
        })
        .prefault({})
        .meta({ description: "conjugate gradients for the quadratic cost of an outer loop" }),
      pairs: z
        .int()
        .min(0)
        .default(20)
        .meta({ description: "eigenpairs of each inner loop that precondition the next ones" }),
    })
    .meta({ description: "outer loops of quadratic costs about the iterate: the incremental form" }),
  z
    .strictObject({
      name: z.literal("cg"),
      iterations: iterations.default(500).meta({ description: "the most steps" }),
      tolerance: tolerance.default(1e-10),
    })
    .meta({ description: "nonlinear conjugate gradients with a line search" }),
  firstOrder("adam", "Adam"),
  firstOrder("adamw", "Adam with decoupled weight decay (none by default)"),
  firstOrder("sgd", "gradient descent"),
];

/** One minimiser. */
export const minimizerSchema: z.ZodType<MinimizerConfig> = z
  .union(minimizerSchemas)
  .meta({ expected: "a minimizer such as { name: lbfgs }", kind: "minimizer" });
