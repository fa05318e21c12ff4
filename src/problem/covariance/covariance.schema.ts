import { z } from "zod";
import { type FileReference, fileSchema } from "../file.schema.ts";
import {
  type BlockConfig,
  type KroneckerConfig,
  type LeadingConfig,
  type NamedCovarianceConfig,
  namedCovariances,
  type ScaledConfig,
  type SingleCovarianceConfig,
  type SumConfig,
} from "./named.schema.ts";

/** What a covariance may be in a case. */
export type CovarianceConfig =
  | { readonly std: number }
  | { readonly variance: number }
  | { readonly diagonal: number[] | FileReference }
  | FileReference
  | number[][]
  | "climatological"
  | { readonly climatological: number }
  | SingleCovarianceConfig
  | KroneckerConfig<CovarianceConfig>
  | BlockConfig<CovarianceConfig>
  | SumConfig<CovarianceConfig>
  | ScaledConfig<CovarianceConfig>
  | LeadingConfig<CovarianceConfig>;

/** The kinds of covariances that have a name, one schema each. */
export const covarianceSchemas: readonly z.ZodType<NamedCovarianceConfig<CovarianceConfig>>[] = namedCovariances(
  // A part of another covariance may be singular: what the whole is shows when it is made.
  z.lazy(() => schemas.semidefinite),
);

const schemas: { readonly definite: z.ZodType<CovarianceConfig>; readonly semidefinite: z.ZodType<CovarianceConfig> } =
  {
    definite: make("definiteCovariance", z.number().positive()),
    semidefinite: make("covariance", z.number().nonnegative()),
  };

/** A covariance; `positive` where it has to be positive definite. */
export function covarianceSchema(positive: boolean): z.ZodType<CovarianceConfig> {
  return positive ? schemas.definite : schemas.semidefinite;
}

function make(id: string, size: z.ZodType<number>): z.ZodType<CovarianceConfig> {
  return z
    .union([
      z.strictObject({ std: size.meta({ description: "one standard deviation for all, independent" }) }),
      z.strictObject({ variance: size.meta({ description: "one variance for all, independent" }) }),
      z.strictObject({
        diagonal: z
          .union([z.array(size).min(1), fileSchema])
          .meta({ description: "a variance each, independent", expected: "a list of variances or { file: x.npy }" }),
      }),
      fileSchema.meta({ description: "a full matrix (.npy, two axes)" }),
      z.array(z.array(z.number()).min(1)).min(1).meta({ description: "a full matrix, as a list of rows" }),
      z.literal("climatological").meta({ description: "of a long free run of the true model" }),
      z.strictObject({
        climatological: z.number().positive().meta({ description: "the same times this factor" }),
      }),
      ...covarianceSchemas,
    ])
    .meta({
      expected:
        "a covariance such as { std: 1 }, { variance: 1 }, { diagonal: [1, 2] }, { file: C.npy }, a list of rows or { name: spectral, … }",
      kind: "covariance",
      id,
    });
}
