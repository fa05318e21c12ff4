import { z } from "zod";
import { type CovarianceConfig, covarianceSchema } from "../../problem/covariance/covariance.schema.ts";
import type { ModelErrorTreatment } from "./ensemble-options.ts";
import type { OnFailure } from "./failure.ts";
import type { Relaxation } from "./relaxation.ts";

/** Ensemble size. */
export const membersSchema: z.ZodType<number> = z.int().min(2).meta({ description: "size of the ensemble" });

/** Inflation after an analysis. */
export const inflationSchema: z.ZodType<number> = z
  .number()
  .positive()
  .default(1)
  .meta({ description: "factor on the analysis anomalies (on the standard deviation)" });

/** Rotation after an analysis. */
export const rotateSchema: z.ZodType<boolean> = z
  .boolean()
  .default(false)
  .meta({ description: "turn the anomalies by a random matrix that keeps mean and covariance" });

const part = z.number().min(0).max(1);

/** Relaxation to the forecast. */
export const relaxationSchema: z.ZodOptional<z.ZodType<Relaxation>> = z
  .union([
    z.strictObject({ rtps: part.meta({ description: "relaxation of the spread, from 0 to 1" }) }),
    z.strictObject({ rtpp: part.meta({ description: "relaxation of the anomalies, from 0 to 1" }) }),
  ])
  .meta({ expected: "{ rtps: 0.9 } or { rtpp: 0.5 }" })
  .optional()
  .meta({ description: "of the analysed anomalies to the forecast ones" });

/** What is done about failures. */
export const onFailureSchema: z.ZodType<OnFailure> = z
  .enum(["stop", "drop-member", "restart"])
  .default("stop")
  .meta({ description: "when members blow up or an analysis fails: stop, replace the members, or draw all anew" });

/** How a forecast inflation is learnt, in a case. */
export interface AdaptiveInflationConfig {
  readonly kind: "anderson" | "gharamti";
  readonly deviation: number;
  readonly leastDeviation: number;
  readonly lowest: number;
  readonly highest: number;
  readonly damping: number;
}

const factor = z.number().positive();

/** A forecast inflation that is learnt. */
export const adaptiveInflationSchema: z.ZodType<boolean | AdaptiveInflationConfig> = z
  .union([
    z.boolean(),
    z.strictObject({
      kind: z
        .enum(["anderson", "gharamti"])
        .default("anderson")
        .meta({ description: "what is supposed of the factors: Gaussian, or inverse gamma" }),
      deviation: factor
        .default(0.6)
        .meta({ description: "standard deviation of a factor before the first observation" }),
      leastDeviation: factor.default(0.6).meta({ description: "what observations don't narrow it beyond" }),
      lowest: factor.default(1).meta({ description: "least factor on a variance" }),
      highest: factor.default(100).meta({ description: "largest factor on a variance" }),
      damping: part
        .default(0.9)
        .meta({ description: "what is left of the difference to 1 from one analysis to the next" }),
    }),
  ])
  .meta({ expected: "true, false or a mapping such as { kind: gharamti }" })
  .default(false)
  .meta({ description: "learn a forecast inflation for each variable from the innovations" });

/** What is added after an analysis. */
export const additiveInflationSchema: z.ZodOptional<z.ZodType<CovarianceConfig>> = covarianceSchema(false)
  .optional()
  .meta({ description: "covariance of draws that are added to the analysed members" });

/** How model error gets into an ensemble. */
export const modelErrorsSchema: z.ZodType<ModelErrorTreatment> = z
  .enum(["draws", "square-root"])
  .default("draws")
  .meta({ description: "model error by draws, or deterministically in the ensemble's span" });

/** Keys that ensemble filters share. */
export interface EnsembleConfig {
  readonly members: number;
  readonly inflation: number;
  readonly relaxation?: Relaxation | undefined;
  readonly adaptiveInflation: boolean | AdaptiveInflationConfig;
  readonly additiveInflation?: CovarianceConfig | undefined;
  readonly modelErrors: ModelErrorTreatment;
  readonly onFailure: OnFailure;
}

/** Keys that ensemble filters share, as a part of their schemas. */
export const ensembleKeys: {
  readonly members: typeof membersSchema;
  readonly inflation: typeof inflationSchema;
  readonly relaxation: typeof relaxationSchema;
  readonly adaptiveInflation: typeof adaptiveInflationSchema;
  readonly additiveInflation: typeof additiveInflationSchema;
  readonly modelErrors: typeof modelErrorsSchema;
  readonly onFailure: typeof onFailureSchema;
} = {
  members: membersSchema,
  inflation: inflationSchema,
  relaxation: relaxationSchema,
  adaptiveInflation: adaptiveInflationSchema,
  additiveInflation: additiveInflationSchema,
  modelErrors: modelErrorsSchema,
  onFailure: onFailureSchema,
};
