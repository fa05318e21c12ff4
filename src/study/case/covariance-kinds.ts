import { ledoitWolf } from "../../diagnostics/index.ts";
import { CaseError, ShapeError } from "../../engine/errors/index.ts";
import { type NdArray, shapeText, toNdArray } from "../../engine/tensor/index.ts";
import type { CovarianceConfig } from "../../problem/covariance/covariance.schema.ts";
import {
  blockCovariance,
  type Covariance,
  correlationCovariance,
  diffusionCovariance,
  ensembleCovariance,
  kroneckerCovariance,
  leadingCovariance,
  lowRankCovariance,
  rescaledCovariance,
  scalarCovariance,
  spectralCovariance,
  sumCovariance,
} from "../../problem/covariance/index.ts";
import type { NamedCovarianceConfig, NumbersConfig, SizeConfig } from "../../problem/covariance/named.schema.ts";
import { placesDomain } from "../../problem/localization/index.ts";
import type { CovarianceNeeds } from "./covariance-needs.ts";
import { makeDomain, makeGrid } from "./domains.ts";

type Named = NamedCovarianceConfig<CovarianceConfig>;
type Kind<Name extends Named["name"]> = Extract<Named, { readonly name: Name }>;

/** Makes the covariance of a part, at a key below. */
export type PartMaker = (config: CovarianceConfig, key: string, size?: number) => Promise<Covariance>;

/**
 * A covariance with a name.
 * @throws CaseError, ShapeError for sizes that don't fit; errors of its constructor
 */
export async function namedCovariance(config: Named, needs: CovarianceNeeds, part: PartMaker): Promise<Covariance> {
  const { place, size } = needs;
  switch (config.name) {
    case "low-rank":
      return sized(
        lowRankCovariance({
          factors: await rowsOf(config.factors, `${place}.factors`, needs),
          variance: await numbersOf(config.variance, `${place}.variance`, needs),
          place,
        }),
        needs,
        "factors",
      );
    case "ensemble":
      return ensemble(config, needs);
    case "spectral": {
      const { kind, length, smoothness, domain } = config;
      const { fields, ...grid } = makeGrid(domain, size, `${place}.domain`);
      return withSize(
        perField(spectralCovariance({ kind, length, smoothness, ...grid, place }), fields),
        config,
        needs,
      );
    }
    case "diffusion":
      return diffusion(config, needs);
    case "correlation":
      return correlation(config, needs);
    case "kronecker":
    case "block":
      return product(config, needs, part);
    case "sum":
      return sumCovariance(await all(config.terms, (term, i) => part(term, `terms[${i}]`)), { place });
    case "leading":
      return leadingCovariance(await part(config.covariance, "covariance"), config.rank, { place });
    default: {
      const C = (await part(config.covariance, "covariance")).scaled(config.factor);
      if (config.std === undefined) return C;
      return rescaledCovariance(C, spread(await numbersOf(config.std, `${place}.std`, needs), size), { place });
    }
  }
}

async function all<T, U>(list: readonly T[], make: (one: T, i: number) => Promise<U>): Promise<U[]> {
  const made: U[] = [];
  for (const [i, one] of list.entries()) made.push(await make(one, i));
  return made;
}

function sized(C: Covariance, { place, size, because }: CovarianceNeeds, key: string): Covariance {
  if (C.size !== size)
    throw new ShapeError(`${place}.${key}`, `expected ${size} components, as ${because}, got ${C.size}`);
  return C;
}

async function rowsOf(
  config: number[][] | { readonly file: string },
  place: string,
  { tools }: CovarianceNeeds,
): Promise<NdArray> {
  return "file" in config ? tools.array(config.file, place) : toNdArray(config, place);
}

/** One number, or as many as there are components; [1] or [size]. */
async function numbersOf(
  config: NumbersConfig,
  place: string,
  { tools, size, because }: CovarianceNeeds,
  ...others: readonly number[]
): Promise<Float64Array> {
  const { data } =
    typeof config === "object" && "file" in config ? await tools.array(config.file, place) : toNdArray(config, place);
  if (![1, size, ...others].includes(data.length))
    throw new ShapeError(place, `expected one number or ${size}, as ${because}, got ${data.length}`);
  return data;
}

/** [1] or [size] to [size]. */
function spread(data: Float64Array, size: number): Float64Array {
  return data.length === size ? data : new Float64Array(size).fill(data[0] ?? 0);
}

/** The same for each field of a grid. */
function perField(C: Covariance, fields: number): Covariance {
  return fields === 1 ? C : kroneckerCovariance([scalarCovariance(fields, 1), C]);
}

/** A correlation with the standard deviations that are asked for. */
async function withSize(C: Covariance, { std, variance }: SizeConfig, needs: CovarianceNeeds): Promise<Covariance> {
  const { place, size } = needs;
  const data =
    std !== undefined
      ? await numbersOf(std, `${place}.std`, needs)
      : (await numbersOf(variance ?? 1, `${place}.variance`, needs)).map((value) => Math.sqrt(value));
  if (data.length === size && size > 1) return rescaledCovariance(C, data, { place });
  const [sigma = 1] = data;
  return sigma === 1 ? C : C.scaled(sigma ** 2);
}

async function ensemble(
  { file, localization, shrinkage }: Kind<"ensemble">,
  needs: CovarianceNeeds,
): Promise<Covariance> {
  const { place, size, because, tools } = needs;
  const members = await tools.array(file, place);
  if (members.shape.length !== 2 || members.shape[1] !== size)
    throw new ShapeError(
      place,
      `expected "${file}" to have shape (members, ${size}), as ${because}, got ${shapeText(members.shape)}`,
    );
  if (shrinkage !== undefined) return ledoitWolf(members).covariance;
  if (localization === undefined) return ensembleCovariance({ members, place });
  const { domain, ...taper } = localization;
  const { fields: _, ...grid } = makeGrid(domain, size, `${place}.localization.domain`);
  return ensembleCovariance({ members, localization: { ...taper, ...grid }, place });
}

async function diffusion(config: Kind<"diffusion">, needs: CovarianceNeeds): Promise<Covariance> {
  const { domain, length, steps, normalization } = config;
  const { place, size } = needs;
  const { fields, ...grid } = makeGrid(domain, size, `${place}.domain`);
  const lengths = await numbersOf(length, `${place}.length`, needs, grid.shape.length, size / fields);
  if (fields > 1 && lengths.length === size)
    throw new CaseError(`${place}.length`, `expected a length for each of the ${size / fields} points, got ${size}`);
  const C = diffusionCovariance({
    ...grid,
    length: lengths,
    steps,
    ...(normalization && { normalization }),
    place,
  });
  return withSize(perField(C, fields), config, needs);
}

async function correlation(config: Kind<"correlation">, needs: CovarianceNeeds): Promise<Covariance> {
  const { kind, length, smoothness, domain, places } = config;
  const { place, size } = needs;
  const where =
    places === undefined
      ? makeDomain(domain ?? { name: "line" }, size, `${place}.domain`)
      : placesDomain({ places: await rowsOf(places, `${place}.places`, needs) });
  const C = correlationCovariance({ kind, length, smoothness, domain: where, place });
  return withSize(sized(C, needs, places === undefined ? "domain" : "places"), config, needs);
}

async function product(
  config: Kind<"kronecker"> | Kind<"block">,
  needs: CovarianceNeeds,
  part: PartMaker,
): Promise<Covariance> {
  const { place, size, because } = needs;
  const { sizes } = config;
  const [key, parts] = config.name === "block" ? ["blocks", config.blocks] : ["factors", config.factors];
  if (sizes.length !== parts.length)
    throw new CaseError(`${place}.sizes`, `expected ${parts.length}, one for each of ${key}, got ${sizes.length}`);
  const [total, text] =
    config.name === "block"
      ? [sizes.reduce((a, b) => a + b, 0), "that add up to"]
      : [sizes.reduce((a, b) => a * b, 1), "whose product is"];
  if (total !== size)
    throw new CaseError(`${place}.sizes`, `expected sizes ${text} ${size}, as ${because}, got ${sizes.join(", ")}`);
  const made = await all(parts, (one, i) => part(one, `${key}[${i}]`, sizes[i]!));
  return config.name === "block" ? blockCovariance(made, { place }) : kroneckerCovariance(made, { place });
}
