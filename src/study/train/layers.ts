import { ArgumentError, CaseError, OndaError } from "../../engine/errors/index.ts";
import {
  type ActivationName,
  activation,
  averagePool,
  batchNorm,
  conv1d,
  conv2d,
  convTranspose,
  dense,
  dropout,
  groupNorm,
  gru,
  type Initializer,
  kaimingNormal,
  kaimingUniform,
  type Layer,
  layerNorm,
  lstm,
  maxPool,
  network,
  orthogonal,
  reshaped,
  residual,
  sequential,
  xavierNormal,
  xavierUniform,
  zeros,
} from "../../engine/nn/index.ts";
import { sameShape, shapeText, sizeOf } from "../../engine/tensor/index.ts";
import { at } from "../case/tools.ts";
import type { ActivationConfig, InitializerConfig, LayerConfig } from "./layers.schema.ts";

type Shape = readonly number[];

/** Layers one after the other, and the shape of what they make of one sample. */
export interface Built {
  readonly layers: readonly Layer[];
  readonly shape: Shape;
}

/**
 * The layers that a training describes. What they take follows from the layers before them.
 * @param shape of one sample, without the batch's axis
 * @throws CaseError at `place` with the layer's index, for one that doesn't take what comes to it
 */
export async function buildLayers(configs: readonly LayerConfig[], shape: Shape, place: string): Promise<Built> {
  const layers: Layer[] = [];
  let now = shape;
  for (const [i, config] of configs.entries()) {
    const here = `${place}[${i}]`;
    const made = await at(here, () => named(() => layersOf(config, now, here)));
    layers.push(...made);
    const before = now;
    now = await at(here, () => named(() => network(sequential(...made), before).outputShape));
  }
  return { layers, shape: now };
}

/** Errors of a layer are about its entry, or about a key of it: not about the function that makes it. */
async function named<T>(make: () => T | Promise<T>): Promise<T> {
  try {
    return await make();
  } catch (error) {
    const [, key] =
      /^(?:conv1d|conv2d|convTranspose)\.([a-z]+)$/i.exec(error instanceof OndaError ? error.place : "") ?? [];
    if (key === undefined || !(error instanceof OndaError)) throw error;
    throw new ArgumentError(key, error.message.slice(error.place.length + 2));
  }
}

/** The layers that one entry stands for: most stand for one, and a second for their activation. */
async function layersOf(config: LayerConfig, shape: Shape, place: string): Promise<Layer[]> {
  if ("residual" in config) return [await residualOf(config.residual, shape, place)];
  if ("dense" in config) return activated(dense(shape.at(-1) ?? 0, config.dense, weights(config)), config.activation);
  if ("conv" in config) {
    const make = spatialAxes(shape, place) === 1 ? conv1d : conv2d;
    const { conv, kernel, strides, padding, paddingMode, dilations, groups } = config;
    const options = { kernel, strides, padding, paddingMode, dilations, groups, ...weights(config) };
    return activated(make(shape[0]!, conv, options), config.activation);
  }
  if ("transposedConv" in config) {
    const dimensions = spatialAxes(shape, place);
    const { transposedConv, kernel, strides, padding, outputPadding, groups } = config;
    const options = { dimensions, kernel, strides, padding, outputPadding, groups, ...weights(config) } as const;
    return activated(convTranspose(shape[0]!, transposedConv, options), config.activation);
  }
  if ("maxPool" in config) {
    spatialAxes(shape, place);
    return [maxPool({ kernel: config.maxPool, ...windows(config) })];
  }
  if ("averagePool" in config) {
    spatialAxes(shape, place);
    return [averagePool({ kernel: config.averagePool, countPadding: config.countPadding, ...windows(config) })];
  }
  if ("lstm" in config) return stacked(lstm, config.lstm, config, shape, place);
  if ("gru" in config) return stacked(gru, config.gru, config, shape, place);
  if ("layerNorm" in config) {
    const axes = config.layerNorm === "all" ? shape.length : config.layerNorm;
    if (axes > shape.length)
      throw new CaseError(
        `${place}.layerNorm`,
        `expected at most ${shape.length} axes, as the shape is ${shapeText(shape)}, got ${axes}`,
      );
    return [layerNorm(shape.slice(-axes), { epsilon: config.epsilon })];
  }
  if ("groupNorm" in config) return [groupNorm(config.groupNorm, shape[0]!, { epsilon: config.epsilon })];
  if ("batchNorm" in config) return [batchNorm(shape[0]!, { epsilon: config.epsilon, momentum: config.momentum })];
  if ("dropout" in config) return [dropout(config.dropout)];
  if ("flatten" in config) return [reshaped()];
  if ("reshape" in config) {
    if (sizeOf(config.reshape) !== sizeOf(shape))
      throw new CaseError(
        `${place}.reshape`,
        `expected a shape of ${sizeOf(shape)} elements, as ${shapeText(shape)} has, got ${shapeText(config.reshape)}`,
      );
    return [reshaped(config.reshape)];
  }
  return activated(undefined, config.activation);
}

async function residualOf(configs: readonly LayerConfig[], shape: Shape, place: string): Promise<Layer> {
  const inner = await buildLayers(configs, shape, `${place}.residual`);
  if (!sameShape(inner.shape, shape))
    throw new CaseError(
      `${place}.residual`,
      `expected layers that keep the shape ${shapeText(shape)}, as their result is added to it, got ${shapeText(inner.shape)}`,
    );
  return residual(...inner.layers);
}

function activated(layer: Layer | undefined, name: ActivationConfig | undefined): Layer[] {
  const own: ActivationName | undefined = name === "leaky-relu" ? "leakyRelu" : name;
  return [...(layer === undefined ? [] : [layer]), ...(own === undefined ? [] : [activation(own)])];
}

const initializers: Readonly<Record<InitializerConfig, () => Initializer>> = {
  pytorch: () => kaimingUniform(),
  "kaiming-uniform": () => kaimingUniform(0),
  "kaiming-normal": () => kaimingNormal(),
  "xavier-uniform": () => xavierUniform(),
  "xavier-normal": () => xavierNormal(),
  orthogonal: () => orthogonal(),
  zeros: () => zeros,
};

function weights({ bias, initialize }: { readonly bias: boolean; readonly initialize: InitializerConfig }): {
  readonly bias: boolean;
  readonly initialize: Initializer;
} {
  return { bias, initialize: initializers[initialize]() };
}

function windows<T>({ strides, padding }: { readonly strides?: T | undefined; readonly padding: T }): {
  readonly strides?: T;
  readonly padding: T;
} {
  return strides === undefined ? { padding } : { strides, padding };
}

/** Spatial axes of a sample [C, X] or [C, Y, X]. */
function spatialAxes(shape: Shape, place: string): 1 | 2 {
  if (shape.length === 2) return 1;
  if (shape.length === 3) return 2;
  throw new CaseError(
    place,
    `expected channels and one or two axes, [channels, x] or [channels, y, x], got shape ${shapeText(shape)}: put a reshape before it`,
  );
}

/** Recurrent layers on top of each other: all but the last give their whole sequence to the next. */
function stacked(
  make: typeof lstm,
  hidden: number,
  { layers, output }: { readonly layers: number; readonly output: "sequence" | "last" },
  shape: Shape,
  place: string,
): Layer[] {
  if (shape.length !== 2)
    throw new CaseError(
      place,
      `expected a sequence [times, inputs], got shape ${shapeText(shape)}: put a reshape before it`,
    );
  return Array.from({ length: layers }, (_, i) =>
    make(i === 0 ? shape[1]! : hidden, hidden, { output: i === layers - 1 ? output : "sequence" }),
  );
}
