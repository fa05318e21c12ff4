import { z } from "zod";
import { type DomainConfig, domainSchema } from "../../problem/localization/domain.schema.ts";
import type { TaperName } from "../../problem/localization/index.ts";

/** How far observations reach in filters that take them one after another, in a case. */
export interface SerialLocalizationConfig extends LocalizationConfig {
  readonly samplingErrorCorrection: boolean;
}

/** How far observations reach in filters with an analysis of its own at every place, in a case. */
export interface PlaceLocalizationConfig extends LocalizationConfig {
  readonly interpolation: number;
}

/** How far observations reach, in a case. */
export interface LocalizationConfig {
  readonly function: TaperName;
  readonly radius: number;
  readonly domain?: DomainConfig | undefined;
}

const keys = {
  function: z.enum(["gaspari-cohn", "soar", "box"]).default("gaspari-cohn").meta({ description: "the taper" }),
  radius: z.number().positive().meta({ description: "what distances are measured by, in grid points" }),
  domain: domainSchema.optional().meta({
    description: "where the variables are; left out: a ring for Lorenz 96 and Kuramoto-Sivashinsky, else by the shape",
  }),
};
const localization = z.strictObject(keys).meta({ expected: "{ function: gaspari-cohn, radius: 4 }" });
const meta = { description: "{ function, radius, domain }: how far observations reach" };

/** Localisation where there is none unless it is asked for. */
export const localizationSchema: z.ZodOptional<z.ZodType<LocalizationConfig>> = localization.optional().meta(meta);

/** Localisation of filters that have an analysis of its own at every place. */
export const placeLocalizationSchema: z.ZodType<PlaceLocalizationConfig> = z
  .strictObject({
    ...keys,
    interpolation: z
      .int()
      .min(1)
      .default(1)
      .meta({ description: "grid points from one transform to the next, along each axis; interpolated between them" }),
  })
  .meta({ expected: "{ function: gaspari-cohn, radius: 4 }" })
  .default({ function: "gaspari-cohn", radius: 4, interpolation: 1 })
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
