import { z } from "zod";
import { type FileReference, pathSchema } from "../file.schema.ts";
import { type NormalizeConfig, normalizeSchema } from "../normalize.schema.ts";

/** What `operator` of a case's observations may be. */
export type OperatorConfig =
  | { readonly name: "identity" }
  | { readonly name: "indices"; readonly indices: number[] }
  | { readonly name: "every"; readonly step: number; readonly offset: number }
  | ({ readonly name: "matrix" } & FileReference)
  | { readonly name: "power"; readonly exponent: number }
  | ({ readonly name: "onnx"; readonly normalize?: NormalizeConfig | undefined } & FileReference)
  | ({ readonly name: "module"; readonly export: string } & FileReference);

/** The operators, one schema each. */
export const operatorSchemas: readonly z.ZodType<OperatorConfig>[] = [
  z.strictObject({ name: z.literal("identity") }).meta({ description: "all variables as they are" }),
  z
    .strictObject({
      name: z.literal("indices"),
      indices: z
        .array(z.int().min(0))
        .min(1)
        .meta({ description: "the variables that are seen, counted from 0", expected: "a list of indices" }),
    })
    .meta({ description: "some of the variables" }),
  z
    .strictObject({
      name: z.literal("every"),
      step: z.int().min(1).meta({ description: "distance of the variables that are seen" }),
      offset: z.int().min(0).default(0).meta({ description: "the first of them" }),
    })
    .meta({ description: "every step-th variable" }),
  z
    .strictObject({ name: z.literal("matrix"), file: pathSchema })
    .meta({ description: "a matrix H of shape (observations, variables), from a .npy file" }),
  z
    .strictObject({ name: z.literal("power"), exponent: z.number().meta({ description: "the power" }) })
    .meta({ description: "every variable raised to a power" }),
  z
    .strictObject({ name: z.literal("onnx"), file: pathSchema, normalize: normalizeSchema({ mean: "", scale: "" }) })
    .meta({ description: "a network from an .onnx file" }),
  z
    .strictObject({
      name: z.literal("module"),
      file: pathSchema,
      export: z.string().min(1).default("default").meta({ description: "which of the module's exports" }),
    })
    .meta({ description: "an operator of your own from a .js, .mjs or .ts module: (x, t) => [...]" }),
];

/** One operator. */
export const operatorSchema: z.ZodType<OperatorConfig> = z
  .union(operatorSchemas)
  .meta({ expected: "an operator such as { name: identity }", kind: "operator" });
