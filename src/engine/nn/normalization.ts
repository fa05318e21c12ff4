import { ArgumentError, ShapeError } from "../errors/index.ts";
import { type ArrayLike64, type NdArray, shapeText, sizeOf, toNdArray } from "../tensor/index.ts";

/** Mean and scale of each variable, of shapes that broadcast to a sample's: normalised is (x − mean)/scale. */
export interface Normalization {
  readonly mean: NdArray;
  readonly scale: NdArray;
}

/**
 * Mean and standard deviation over samples [n, …], for each element or, with `variableAxis`, for each position of that axis
 * of a sample (0: the channels of [n, C, …]). A variable that doesn't vary has scale 1.
 * @throws ShapeError for an array without samples; ArgumentError for an axis that isn't there
 */
export function fitNormalization(data: ArrayLike64, options: { readonly variableAxis?: number } = {}): Normalization {
  const { data: values, shape } = toNdArray(data, "data");
  const sample = shape.slice(1);
  if (shape.length < 2 || values.length === 0)
    throw new ShapeError("data", `expected samples [n, …], got shape ${shapeText(shape)}`);
  const { variableAxis } = options;
  if (variableAxis !== undefined && sample[variableAxis] === undefined)
    throw new ArgumentError("variableAxis", `expected an axis below ${sample.length}, got ${variableAxis}`);
  const inner = variableAxis === undefined ? 1 : sizeOf(sample.slice(variableAxis + 1));
  const count = variableAxis === undefined ? sizeOf(sample) : sample[variableAxis]!;
  const per = values.length / count;
  const [mean, scale] = [new Float64Array(count), new Float64Array(count)];
  const each = (visit: (variable: number, value: number) => void): void => {
    for (let i = 0; i < values.length; i++) visit(Math.floor(i / inner) % count, values[i]!);
  };
  each((variable, value) => {
    mean[variable]! += value / per;
  });
  each((variable, value) => {
    scale[variable]! += (value - mean[variable]!) ** 2 / per;
  });
  const own = variableAxis === undefined ? sample : [count, ...sample.slice(variableAxis + 1).map(() => 1)];
  return {
    mean: { data: mean, shape: own },
    scale: { data: scale.map((variance) => Math.sqrt(variance) || 1), shape: own },
  };
}
