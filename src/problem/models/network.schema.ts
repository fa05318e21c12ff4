import { z } from "zod";
import { type FileReference, fileSchema, pathSchema } from "../file.schema.ts";
import { type NormalizeConfig, normalizeSchema } from "../normalize.schema.ts";

/** A network as a model in a case. */
export interface NetworkModelConfig {
  readonly name: "onnx";
  readonly file?: string | undefined;
  readonly latent?:
    | { readonly encoder: FileReference; readonly decoder: FileReference; readonly dynamics: FileReference }
    | undefined;
  readonly dt: number;
  readonly stepsPerCall: number;
  readonly state?: { readonly shape: number[] } | undefined;
  readonly normalize?: NormalizeConfig | undefined;
}

const extent = z.int().min(1);

export const networkModelSchema: z.ZodType<NetworkModelConfig> = z
  .strictObject({
    name: z.literal("onnx"),
    file: pathSchema.optional().meta({ description: "the network of a step: from a state to the next one" }),
    latent: z
      .strictObject({
        encoder: fileSchema.meta({ description: "network from a physical state to latent variables" }),
        decoder: fileSchema.meta({ description: "network from latent variables to a physical state" }),
        dynamics: fileSchema.meta({ description: "network of a step of the latent variables" }),
      })
      .optional()
      .meta({
        description: "instead of file: the state is an autoencoder's latent variables",
        expected: "{ encoder: { file }, decoder: { file }, dynamics: { file } }",
      }),
    dt: z.number().positive().meta({ description: "length of a step", unit: "time" }),
    stepsPerCall: extent
      .default(1)
      .meta({ description: "number of successive states that a call of the network returns" }),
    state: z
      .strictObject({ shape: z.array(extent).min(1).meta({ expected: "a list of extents" }) })
      .optional()
      .meta({
        description: "{ shape } of a state; the input's without its batch axis when left out",
        expected: "{ shape: [2, 16, 16] }",
      }),
    normalize: normalizeSchema({ mean: " and added after it", scale: " and multiplied by after it" }),
  })
  .check((context) => {
    const { file, latent } = context.value;
    if (file === undefined && latent === undefined)
      context.issues.push({
        code: "custom",
        path: ["file"],
        input: undefined,
        message: "missing; expected the path of an .onnx file, or latent: { encoder, decoder, dynamics }",
      });
    if (file !== undefined && latent !== undefined)
      context.issues.push({
        code: "custom",
        path: ["latent"],
        input: latent,
        message: "is given besides file: leave one of them out, the latent model's network is latent.dynamics",
      });
  })
  .meta({ description: "a network from an .onnx file, its weights widened to float64" });
