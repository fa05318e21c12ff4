import { z } from "zod";
import { type FileReference, fileSchema, pathSchema } from "../file.schema.ts";
import { type DomainConfig, domainSchema } from "../localization/domain.schema.ts";
import type { CorrelationKind } from "./correlations.ts";

/** Numbers in a case: one for all, a list, or a file. */
export type NumbersConfig = number | number[] | FileReference;

/** Standard deviations or variances of a correlation; 1 when both are left out. */
export interface SizeConfig {
  readonly std?: NumbersConfig | undefined;
  readonly variance?: NumbersConfig | undefined;
}

/** A correlation function. */
export interface FunctionConfig {
  readonly kind: CorrelationKind;
  readonly length: number;
  readonly smoothness: number;
}

/** The taper of an ensemble covariance. */
export interface TaperConfig {
  readonly function: "gaspari-cohn" | "gaussian" | "soar";
  readonly radius: number;
  readonly domain: DomainConfig;
  readonly accuracy: number;
}

/** A product of covariances along axes. */
export interface KroneckerConfig<Part> {
  readonly name: "kronecker";
  readonly sizes: number[];
  readonly factors: Part[];
}

/** Independent groups. */
export interface BlockConfig<Part> {
  readonly name: "block";
  readonly sizes: number[];
  readonly blocks: Part[];
}

/** A sum. */
export interface SumConfig<Part> {
  readonly name: "sum";
  readonly terms: Part[];
}

/** A multiple, or other standard deviations. */
export interface ScaledConfig<Part> {
  readonly name: "scaled";
  readonly factor: number;
  readonly std?: NumbersConfig | undefined;
  readonly covariance: Part;
}

/** The leading eigenvectors of another. */
export interface LeadingConfig<Part> {
  readonly name: "leading";
  readonly rank: number;
  readonly covariance: Part;
}

/** A covariance with a name that isn't made of others. */
export type SingleCovarianceConfig =
  | { readonly name: "low-rank"; readonly factors: number[][] | FileReference; readonly variance: NumbersConfig }
  | {
      readonly name: "ensemble";
      readonly file: string;
      readonly localization?: TaperConfig | undefined;
      readonly shrinkage?: "ledoit-wolf" | undefined;
    }
  | ({ readonly name: "spectral"; readonly domain: DomainConfig } & FunctionConfig & SizeConfig)
  | ({
      readonly name: "diffusion";
      readonly domain: DomainConfig;
      readonly length: NumbersConfig;
      readonly steps: number;
      readonly normalization?: "exact" | "matern" | undefined;
    } & SizeConfig)
  | ({
      readonly name: "correlation";
      readonly domain?: DomainConfig | undefined;
      readonly places?: number[][] | FileReference | undefined;
    } & FunctionConfig &
      SizeConfig);

/** A covariance with a name; `Part` is what covariances are that it is made of. */
export type NamedCovarianceConfig<Part> =
  | SingleCovarianceConfig
  | KroneckerConfig<Part>
  | BlockConfig<Part>
  | SumConfig<Part>
  | ScaledConfig<Part>
  | LeadingConfig<Part>;

const numbers = (each: z.ZodType<number>): z.ZodType<NumbersConfig> =>
  z
    .union([each, z.array(each).min(1), fileSchema])
    .meta({ expected: "a number, a list of numbers or { file: x.npy }" });
const variances = numbers(z.number().nonnegative());
const rows: z.ZodType<number[][] | FileReference> = z
  .union([z.array(z.array(z.number()).min(1)).min(1), fileSchema])
  .meta({ expected: "a list of rows or { file: x.npy }" });
const sizes = z.array(z.int().min(1)).min(1);

const size = {
  std: variances.optional().meta({ description: "standard deviation, one for all or one each; 1 when left out" }),
  variance: variances.optional().meta({ description: "instead of std" }),
};
const correlation = {
  kind: z
    .enum(["gaussian", "soar", "exponential", "matern", "gaspari-cohn"])
    .meta({ description: "the function of distance" }),
  length: z.number().positive().meta({ description: "its length, in grid points or the unit of places" }),
  smoothness: z
    .number()
    .positive()
    .default(2.5)
    .meta({ description: "of a Matérn function: 0.5, 1.5, 2.5 …", expected: "a half-integer such as 2.5" }),
};

const localization: z.ZodType<TaperConfig> = z
  .strictObject({
    function: z.enum(["gaspari-cohn", "gaussian", "soar"]).default("gaspari-cohn").meta({ description: "the taper" }),
    radius: z.number().positive().meta({ description: "what distances are measured by, in grid points" }),
    domain: domainSchema,
    accuracy: z
      .number()
      .positive()
      .max(1)
      .default(0.999)
      .meta({ description: "share of the taper's variance that is kept; 1 keeps all of its waves" }),
  })
  .meta({ expected: "{ function: gaspari-cohn, radius: 4, domain: { name: ring } }" });

/** One schema for each kind with a name; `part` is that of a covariance inside another one. */
export function namedCovariances<Part>(part: z.ZodType<Part>): z.ZodType<NamedCovarianceConfig<Part>>[] {
  return [
    z
      .strictObject({
        name: z.literal("low-rank"),
        factors: rows.meta({ description: "one each row, (factors, components)" }),
        variance: variances.default(0).meta({ description: "of an independent part" }),
      })
      .meta({ description: "a few factors and an independent part" }),
    z
      .strictObject({
        name: z.literal("ensemble"),
        file: pathSchema,
        localization: localization.optional().meta({ description: "what the sample covariance is multiplied by" }),
        shrinkage: z
          .enum(["ledoit-wolf"])
          .optional()
          .meta({ description: "instead: how much it is shrunk towards a multiple of the unit matrix" }),
      })
      .check(oneOf("localization", "shrinkage"))
      .meta({ description: "the sample covariance of members from a file, (members, components)" }),
    z
      .strictObject({
        name: z.literal("spectral"),
        ...correlation,
        domain: domainSchema.default({ name: "ring" }),
        ...size,
      })
      .check(oneOf("std", "variance"))
      .meta({ description: "one correlation function on a grid, by Fourier transforms" }),
    z
      .strictObject({
        name: z.literal("diffusion"),
        domain: domainSchema,
        length: numbers(z.number().positive()).meta({
          description: "Daley length in grid points, one for all, one for each axis or one for each point",
        }),
        steps: z.int().min(2).max(50).default(10).meta({ description: "implicit steps, even" }),
        normalization: z
          .enum(["exact", "matern"])
          .optional()
          .meta({ description: "how variances are made; exact when left out, unless that is dear" }),
        ...size,
      })
      .check(oneOf("std", "variance"))
      .meta({ description: "implicit diffusion on a grid: lengths may vary" }),
    z
      .strictObject({
        name: z.literal("correlation"),
        ...correlation,
        domain: domainSchema.optional(),
        places: rows.optional().meta({ description: "coordinates of the components, instead of domain" }),
        ...size,
      })
      .check(oneOf("std", "variance"))
      .check(oneOf("domain", "places", true))
      .meta({ description: "one correlation function of the distances of places, as a matrix" }),
    z
      .strictObject({
        name: z.literal("kronecker"),
        sizes: sizes.meta({ description: "components of each factor" }),
        factors: z.array(part).min(1).meta({ description: "covariances, the last one's components fastest" }),
      })
      .meta({ description: "a product of covariances along axes: variables, levels, places" }),
    z
      .strictObject({
        name: z.literal("block"),
        sizes: sizes.meta({ description: "components of each block" }),
        blocks: z.array(part).min(1).meta({ description: "covariances, one after the other" }),
      })
      .meta({ description: "independent groups of components" }),
    z
      .strictObject({
        name: z.literal("sum"),
        terms: z.array(part).min(1).meta({ description: "covariances of all components" }),
      })
      .meta({ description: "a sum, such as of a static and an ensemble covariance" }),
    z
      .strictObject({
        name: z.literal("scaled"),
        factor: z.number().nonnegative().default(1).meta({ description: "on the covariance" }),
        std: variances.optional().meta({ description: "on its rows and columns, one each" }),
        covariance: part.meta({ description: "what is multiplied", expected: "a covariance such as { variance: 1 }" }),
      })
      .meta({ description: "another covariance times a factor, or with other standard deviations" }),
    z
      .strictObject({
        name: z.literal("leading"),
        rank: z.int().min(1).meta({ description: "eigenvectors that are kept: controls of a reduced analysis" }),
        covariance: part.meta({ description: "whose they are", expected: "a covariance such as { variance: 1 }" }),
      })
      .meta({ description: "another covariance's leading eigenvectors, for analyses in a reduced space" }),
  ];
}

/** Refuses both of two keys, and, where one is needed, neither. */
function oneOf(first: string, second: string, needed = false) {
  return (context: z.core.ParsePayload<object>): void => {
    const [a, b] = [Reflect.get(context.value, first), Reflect.get(context.value, second)];
    if (a !== undefined && b !== undefined)
      context.issues.push({
        code: "custom",
        path: [second],
        input: b,
        message: `${first} is there already: leave one of them out`,
        // Else a form without a name would be taken for the one that is meant.
        continue: true,
      });
    if (needed && a === undefined && b === undefined)
      context.issues.push({
        code: "custom",
        path: [first],
        input: undefined,
        message: `missing; expected ${first} or ${second}`,
        continue: true,
      });
  };
}
