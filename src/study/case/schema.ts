import { z } from "zod";
import { covarianceSchema } from "../../problem/covariance/covariance.schema.ts";
import { fileSchema } from "../../problem/file.schema.ts";
import { operatorSchema, operatorSchemas } from "../../problem/operators/operator.schema.ts";
import type { Entry, Named } from "./entry.ts";
import { methodEntries } from "./methods.ts";
import { modelEntries } from "./models.ts";
import { burnInSchema, computeSchema, outputsSchema } from "./settings.ts";
import { observationTimes } from "./times.ts";
import type { Case, InitialConfig, MeanConfig, ObservationsConfig, TruthConfig } from "./types.ts";

function choice<Tools, Made>(
  entries: Readonly<Record<string, Entry<Tools, Made>>>,
  kind: string,
  example: string,
): z.ZodType<Named> {
  return z
    .union(Object.values(entries).map(({ schema }) => schema))
    .meta({ expected: `a ${kind} such as ${example}`, kind });
}

/** A model. */
export const modelSchema: z.ZodType<Named> = choice(modelEntries, "model", "{ name: lorenz63 }");
/** A method. */
export const methodSchema: z.ZodType<Named> = choice(methodEntries, "method", "{ name: enkf, members: 20 }");

const meanSchema: z.ZodType<MeanConfig> = z
  .union([
    z.number().meta({ description: "one value for all variables" }),
    z.array(z.number()).min(1).meta({ description: "a value each" }),
    fileSchema.meta({ description: "from a .npy file" }),
    z
      .strictObject({
        unit: z.int().min(0).meta({ description: "the variable that is not 0, counted from 0" }),
        value: z.number().default(1).meta({ description: "its value" }),
      })
      .meta({ description: "zeros but one" }),
  ])
  .meta({ expected: "a number, a list of numbers, { file: x.npy } or { unit: index, value: v }" });

const initialSchema: z.ZodType<InitialConfig> = z
  .strictObject({
    mean: meanSchema.optional().meta({ description: "mean of the initial state; of the ensemble when left out" }),
    covariance: covarianceSchema(false)
      .optional()
      .meta({ description: "covariance of the initial state; of the ensemble when left out" }),
    ensemble: fileSchema.optional().meta({ description: "the first members, (members, variables), instead of draws" }),
  })
  .check((context) => {
    for (const key of ["mean", "covariance"] as const)
      if (context.value[key] === undefined && context.value.ensemble === undefined)
        context.issues.push({
          code: "custom",
          path: [key],
          input: undefined,
          message: `missing; expected ${key === "mean" ? "the state's mean" : "a covariance such as { variance: 1 }"}`,
        });
  })
  .meta({
    description: "distribution of the initial state: truth and members are drawn from it",
    expected: "a mapping with mean and covariance",
  });

const observationsSchema: z.ZodType<ObservationsConfig> = z
  .strictObject({
    every: z.int().min(1).optional().meta({ description: "model steps between observations" }),
    count: z.int().min(1).optional().meta({ description: "observation times, with every" }),
    steps: z
      .array(z.int().min(0))
      .min(1)
      .optional()
      .meta({ description: "instead of every and count: the model step of each observation, increasing" }),
    times: z
      .array(z.number().nonnegative())
      .min(1)
      .optional()
      .meta({ description: "instead of every and count: the time of each, multiples of dt, increasing", unit: "time" }),
    atStart: z.boolean().default(false).meta({ description: "with every: the first observation is at time 0" }),
    operator: z.union([...operatorSchemas, z.array(operatorSchema).min(1)]).meta({
      description: "what is seen; one for all times, or a list with one each",
      expected: "an operator such as { name: identity }",
      kind: "operator",
    }),
    error: z.union([covarianceSchema(true), z.array(covarianceSchema(true)).min(1)]).meta({
      description: "covariance of the errors; one for all times, or a list with one each",
      expected: "a covariance such as { variance: 1 }",
    }),
    values: fileSchema
      .optional()
      .meta({ description: "(times, observations), NaN = missing; left out: a twin experiment draws them" }),
  })
  .check(observationTimes)
  .meta({ expected: "a mapping with every, count, operator and error" });

const truthSchema: z.ZodType<TruthConfig> = z
  .union([
    fileSchema.meta({ description: "true states at the observation times, (times, variables)" }),
    z.strictObject({ model: modelSchema }).meta({ description: "the truth comes from another model" }),
  ])
  .meta({ expected: "{ file: truth.npy } or { model: … }" });

/** The whole case. */
export const caseSchema: z.ZodType<Case> = z
  .strictObject({
    title: z.string().default("Untitled case").meta({ description: "what it is about" }),
    seed: z
      .int()
      .min(0)
      .meta({ expected: "an integer from 0 to 2^53 - 1" })
      .default(0)
      .meta({ description: "all randomness comes from it" }),
    model: modelSchema.meta({
      description: "what makes the forecasts",
      expected: "a model such as { name: lorenz63 }",
      kind: "model",
    }),
    initial: initialSchema,
    modelError: covarianceSchema(false)
      .default({ variance: 0 })
      .meta({ description: "covariance of the model's errors per unit of time" }),
    observations: observationsSchema,
    truth: truthSchema.optional().meta({ description: "what scores are computed against" }),
    burnIn: burnInSchema,
    method: methodSchema,
    compute: computeSchema,
    outputs: outputsSchema,
  })
  .meta({
    title: "Onda case file",
    description: "one data assimilation problem and how to solve it",
    expected: "a case: a mapping with model, initial, observations and method",
  });
