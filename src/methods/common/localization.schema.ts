import { z } from "zod";
import type { TaperName } from "../../problem/localization/index.ts";

/** Where the variables are, in a case. */
export type DomainConfig =
  | { readonly name: "ring" }
  | { readonly name: "line" }
  | { readonly name: "grid"; readonly shape: number[]; readonly periodic: boolean | boolean[] };

/** How far observations reach in filters that take them one after another, in a case. */
export interface SerialLocalizationConfig extends LocalizationConfig {
  readonly samplingErrorCorrection: boolean;
}

/** How far observations reach, in a case. */
export interface LocalizationConfig {
  readonly function: TaperName;
  readonly radius: number;
  readonly domain?: DomainConfig | undefined;
}

const domainSchema: z.ZodOptional<z.ZodType<DomainConfig>> = z
  .union([
    z.strictObject({ name: z.literal("ring") }).meta({ description: "the first variable follows the last" }),
    z.strictObject({ name: z.literal("line") }).meta({ description: "one after another" }),
    z
      .strictObject({
        name: z.literal("grid"),
        shape: z
          .array(z.int().min(1))
          .min(1)
          .meta({ description: "points along each axis, the last one fastest", expected: "a list of extents" }),
        periodic: z
          .union([z.boolean(), z.array(z.boolean()).min(1)])
          .default(false)
          .meta({ description: "which axes begin again", expected: "true, false, or a list with one each" }),
      })
      .meta({ description: "a regular grid; a state may hold several fields of it, one after another" }),
  ])
  .meta({ expected: "{ name: ring }, { name: line } or { name: grid, shape: [8, 8], periodic: true }" })
  .optional()
  .meta({
    description: "where the variables are; left out: a ring for Lorenz 96 and Kuramoto-Sivashinsky, else by the shape",
  });

const keys = {
  function: z.enum(["gaspari-cohn", "soar", "box"]).default("gaspari-cohn").meta({ description: "the taper" }),
  radius: z.number().positive().meta({ description: "what distances are measured by, in grid points" }),
  domain: domainSchema,
};
const localization = z.strictObject(keys).meta({ expected: "{ function: gaspari-cohn, radius: 4 }" });
const meta = { description: "{ function, radius, domain }: how far observations reach" };

/** Localisation where there is none unless it is asked for. */
export const localizationSchema: z.ZodOptional<z.ZodType<LocalizationConfig>> = localization.optional().meta(meta);

/** Localisation of filters that are local. */
export const standardLocalizationSchema: z.ZodType<LocalizationConfig> = localization
  .default({ function: "gaspari-cohn", radius: 4 })
  .meta(meta);

/** Localisation of local filters that take observations one after another. */
export const serialLocalizationSchema: z.ZodType<SerialLocalizationConfig> = z
  .strictObject({
    ...keys,
    samplingErrorCorrection: z
      .boolean()
      .default(false)
      .meta({ description: "weaken regressions by what the ensemble's size makes of their correlations" }),
  })
  .meta({ expected: "{ function: gaspari-cohn, radius: 4 }" })
  .default({ function: "gaspari-cohn", radius: 4, samplingErrorCorrection: false })
  .meta(meta);
