import { ArgumentError, CaseError, OndaError, ShapeError } from "../../engine/errors/index.ts";
import { type NdArray, shapeText, toNdArray } from "../../engine/tensor/index.ts";
import type { CovarianceConfig } from "../../problem/covariance/covariance.schema.ts";
import {
  type Covariance,
  denseCovariance,
  diagonalCovariance,
  scalarCovariance,
} from "../../problem/covariance/index.ts";
import { namedCovariance } from "./covariance-kinds.ts";
import type { CovarianceNeeds } from "./covariance-needs.ts";
import { at } from "./tools.ts";

/**
 * The covariance that a case describes.
 * @throws CaseError for a wrong size, asymmetry, indefiniteness and numbers that are not finite
 */
export function makeCovariance(config: CovarianceConfig, needs: CovarianceNeeds): Promise<Covariance> {
  const { place, size, because, positive, tools } = needs;
  const options = { place, singular: !positive };
  return at(place, async () => {
    if (config === "climatological") return climatological(1, needs);
    if ("name" in config) return definite(await makeNamed(config, needs), needs);
    if ("std" in config) return scalarCovariance(size, config.std ** 2, options);
    if ("variance" in config) return scalarCovariance(size, config.variance, options);
    if ("climatological" in config) return climatological(config.climatological, needs);
    if ("diagonal" in config) {
      const { diagonal } = config;
      const values = "file" in diagonal ? await tools.array(diagonal.file, place) : toNdArray(diagonal);
      if (values.data.length !== size)
        throw new ShapeError(
          `${place}.diagonal`,
          `expected ${size} variances, as ${because}, got ${values.data.length}`,
        );
      return diagonalCovariance(values, { ...options, place: `${place}.diagonal` });
    }
    const matrix = "file" in config ? await tools.array(config.file, place) : toNdArray(config, place);
    checkSquare(matrix, "file" in config ? config.file : undefined, needs);
    return denseCovariance(matrix, options);
  });
}

function makeNamed(config: Extract<CovarianceConfig, { readonly name: string }>, needs: CovarianceNeeds) {
  return namedCovariance(config, needs, (part, key, size = needs.size) => {
    const { climatological, ...rest } = needs;
    return makeCovariance(part, {
      ...rest,
      place: `${needs.place}.${key}`,
      size,
      because: size === needs.size ? needs.because : `sizes say so`,
      positive: false,
      // The climatology is one of whole states.
      ...(climatological && size === needs.size && { climatological }),
    });
  });
}

/** Refuses a singular covariance where it has to be positive definite. */
function definite(C: Covariance, { place, positive }: CovarianceNeeds): Covariance {
  if (positive && logDeterminantOf(C) === Number.NEGATIVE_INFINITY)
    throw new CaseError(
      place,
      `expected a positive definite covariance, got a singular one: add an independent part, { name: sum, terms: [{ variance: … }, …] }`,
    );
  return C;
}

/** Undefined where it is too dear. */
function logDeterminantOf(C: Covariance): number | undefined {
  try {
    return C.logDeterminant();
  } catch (error) {
    if (error instanceof OndaError && error.code === "capability/missing") return undefined;
    throw error;
  }
}

function checkSquare(matrix: NdArray, file: string | undefined, { place, size, because }: CovarianceNeeds): void {
  if (matrix.shape.length === 2 && matrix.shape.every((extent) => extent === size)) return;
  const hint =
    file !== undefined && matrix.shape.length === 1 && matrix.shape[0] === size
      ? `; for a list of variances write { diagonal: { file: ${file} } }`
      : "";
  throw new ShapeError(
    place,
    `expected a matrix of shape (${size}, ${size}), as ${because}, got shape ${shapeText(matrix.shape)}${hint}`,
  );
}

async function climatological(factor: number, { place, climatological }: CovarianceNeeds): Promise<Covariance> {
  if (climatological === undefined)
    throw new CaseError(place, "a climatological covariance is one of states, it can't stand here");
  if (!(factor > 0)) throw new ArgumentError(place, `expected a positive factor, got ${factor}`);
  return (await climatological()).scaled(factor);
}
