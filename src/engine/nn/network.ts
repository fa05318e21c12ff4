import { ArgumentError, ShapeError } from "../errors/index.ts";
import type { Tensor } from "../graph/index.ts";
import { tensor, trace } from "../graph/index.ts";
import { randomStreams } from "../random/index.ts";
import { type ArrayLike64, type NdArray, sameShape, shapeText, sizeOf, toNdArray } from "../tensor/index.ts";
import { inference, type Layer, type ParameterSpec } from "./layers/index.ts";

/** Where a parameter lies in the vector of all. */
export interface ParameterEntry extends ParameterSpec {
  readonly offset: number;
  readonly size: number;
}

/** A layer with the shape of what it takes, and all its parameters in one vector. */
export interface Network {
  readonly layer: Layer;
  /** Shape of one sample, without the batch's axis. */
  readonly inputShape: readonly number[];
  /** Shape of what it makes of one sample. */
  readonly outputShape: readonly number[];
  readonly index: readonly ParameterEntry[];
  /** Length of the vector of parameters, running averages included. */
  readonly size: number;
}

/**
 * Makes a network of a layer and the shape of one sample.
 * @throws ShapeError when the layer doesn't take that shape; ArgumentError for two parameters of one name
 * @example network(sequential(dense(3, 32), activation("tanh"), dense(32, 3)), [3])
 */
export function network(layer: Layer, inputShape: readonly number[]): Network {
  const twice = layer.parameters.find(({ name }, i) => layer.parameters.findIndex((spec) => spec.name === name) < i);
  if (twice !== undefined)
    throw new ArgumentError("network", `expected different names of parameters, got ${twice.name} twice`);
  let size = 0;
  const index = layer.parameters.map((spec): ParameterEntry => {
    const entry = { ...spec, offset: size, size: sizeOf(spec.shape) };
    size += entry.size;
    return entry;
  });
  const [first, ...own] = trace(
    (x, ...parameters) => layer.apply(parameters, x, inference),
    [[2, ...inputShape], ...index.map((entry) => entry.shape)],
  ).outputs;
  if (first === undefined || own.length > 0 || first.shape[0] !== 2)
    throw new ShapeError("network", `expected one result per sample, got shape ${shapeText(first?.shape ?? [])}`);
  return Object.freeze({ layer, inputShape: [...inputShape], outputShape: first.shape.slice(1), index, size });
}

/** Parameters to begin with, each from a stream of its own, so that they depend on the seed and their position alone. */
export function initialize({ index, size }: Network, seed: number): Float64Array {
  const streams = randomStreams(seed);
  const out = new Float64Array(size);
  index.forEach((entry, i) => {
    out.set(entry.initialize(entry.shape, streams.stream("network", i)), entry.offset);
  });
  return out;
}

/** The parameters as views of a symbolic vector of all. */
export function unpack({ index }: Network, vector: Tensor): Tensor[] {
  return index.map(({ offset, size, shape }) => vector.slice([offset], [offset + size]).reshape(shape));
}

/** The parameters as constants of the graph under way. */
export function constants({ index, size }: Network, parameters: Float64Array): Tensor[] {
  checkParameters(size, parameters);
  return index.map(({ offset, size, shape }) => tensor({ data: parameters.subarray(offset, offset + size), shape }));
}

/** The parameters by name, copied, as PyTorch's `state_dict`. */
export function namedParameters({ index, size }: Network, parameters: Float64Array): Record<string, NdArray> {
  checkParameters(size, parameters);
  return Object.fromEntries(
    index.map(({ name, offset, size, shape }) => [name, { data: parameters.slice(offset, offset + size), shape }]),
  );
}

/**
 * The vector of parameters given by name, the inverse of {@link namedParameters}.
 * @throws ArgumentError for a name that is missing or unknown; ShapeError for a wrong shape
 */
export function packParameters({ index, size }: Network, named: Readonly<Record<string, ArrayLike64>>): Float64Array {
  const known = new Set(index.map((entry) => entry.name));
  const unknown = Object.keys(named).filter((name) => !known.has(name));
  if (unknown.length > 0)
    throw new ArgumentError("parameters", `expected ${[...known].join(", ")}, got ${unknown.join(", ")}`);
  const out = new Float64Array(size);
  for (const { name, offset, shape } of index) {
    const value = named[name];
    if (value === undefined) throw new ArgumentError("parameters", `expected ${name}, which is missing`);
    const array = toNdArray(value, name);
    if (!sameShape(array.shape, shape))
      throw new ShapeError(name, `expected shape ${shapeText(shape)}, got ${shapeText(array.shape)}`);
    out.set(array.data, offset);
  }
  return out;
}

/** Refuses a vector of another length. */
export function checkParameters(size: number, parameters: Float64Array): void {
  if (parameters.length !== size)
    throw new ShapeError("parameters", `expected ${size} numbers, got ${parameters.length}`);
}
