import { z } from "zod";

const activations = ["relu", "tanh", "sigmoid", "softplus", "silu", "gelu", "elu", "leaky-relu"] as const;
const initializers = [
  "pytorch",
  "kaiming-uniform",
  "kaiming-normal",
  "xavier-uniform",
  "xavier-normal",
  "orthogonal",
  "zeros",
] as const;

export type ActivationConfig = (typeof activations)[number];
export type InitializerConfig = (typeof initializers)[number];
/** One number for all spatial axes, or one each. */
export type Extents = number | number[];

/** What layers with weights have in common. */
interface Weighted {
  readonly bias: boolean;
  readonly initialize: InitializerConfig;
  readonly activation?: ActivationConfig | undefined;
}
export interface DenseConfig extends Weighted {
  readonly dense: number;
}
export interface ConvolutionConfig extends Weighted {
  readonly conv: number;
  readonly kernel: Extents;
  readonly strides: Extents;
  readonly padding: "same" | Extents;
  readonly paddingMode: "zeros" | "circular";
  readonly dilations: Extents;
  readonly groups: number;
}
export interface TransposedConvolutionConfig extends Weighted {
  readonly transposedConv: number;
  readonly kernel: Extents;
  readonly strides: Extents;
  readonly padding: Extents;
  readonly outputPadding: Extents;
  readonly groups: number;
}
interface PoolConfig {
  readonly strides?: Extents | undefined;
  readonly padding: Extents;
}
export interface MaxPoolConfig extends PoolConfig {
  readonly maxPool: Extents;
}
export interface AveragePoolConfig extends PoolConfig {
  readonly averagePool: Extents;
  readonly countPadding: boolean;
}
interface RecurrentConfig {
  readonly output: "sequence" | "last";
  readonly layers: number;
}
export interface LstmConfig extends RecurrentConfig {
  readonly lstm: number;
}
export interface GruConfig extends RecurrentConfig {
  readonly gru: number;
}
export interface LayerNormConfig {
  readonly layerNorm: number | "all";
  readonly epsilon: number;
}
export interface GroupNormConfig {
  readonly groupNorm: number;
  readonly epsilon: number;
}
export interface BatchNormConfig {
  readonly batchNorm: true;
  readonly epsilon: number;
  readonly momentum: number;
}
export interface ResidualConfig {
  readonly residual: readonly LayerConfig[];
}
export type LayerConfig =
  | DenseConfig
  | ConvolutionConfig
  | TransposedConvolutionConfig
  | MaxPoolConfig
  | AveragePoolConfig
  | LstmConfig
  | GruConfig
  | LayerNormConfig
  | GroupNormConfig
  | BatchNormConfig
  | ResidualConfig
  | { readonly activation: ActivationConfig }
  | { readonly dropout: number }
  | { readonly flatten: true }
  | { readonly reshape: number[] };

const positive = z.int().min(1);
const extents = (least: number): z.ZodType<Extents> =>
  z.union([z.int().min(least), z.array(z.int().min(least)).min(1).max(2)]).meta({
    expected: `${least === 0 ? "an integer of at least 0" : "a positive integer"}, or a list with one for each axis`,
  });
const flag = z.literal(true).meta({ expected: "true" });
const groups = positive.default(1).meta({ description: "groups of channels that don't see each other" });
const epsilon = z.number().positive().default(1e-5).meta({ description: "added to variances" });
const activation = z.enum(activations);
const weighted = {
  bias: z.boolean().default(true).meta({ description: "whether a number is added to each output" }),
  initialize: z.enum(initializers).default("pytorch").meta({ description: "what the weights begin with" }),
  activation: activation.optional().meta({ description: "a function of each element after the layer" }),
};
const pool = {
  strides: extents(1).optional().meta({ description: "steps between windows; the window when left out" }),
  padding: extents(0).default(0).meta({ description: "positions added at both sides" }),
};
const recurrent = {
  output: z.enum(["sequence", "last"]).default("sequence").meta({ description: "all hidden states or the last one" }),
  layers: positive.default(1).meta({ description: "layers on top of each other" }),
};

/** A layer whose own numbers are checked; layers inside of it are not yet. */
export type CheckedLayer = Exclude<LayerConfig, ResidualConfig> | { readonly residual: readonly unknown[] };

/** The layers, by the key that says which one it is. */
export const layerSchemas: Readonly<Record<string, z.ZodType<CheckedLayer>>> = {
  dense: z.strictObject({ dense: positive.meta({ description: "outputs" }), ...weighted }),
  conv: z.strictObject({
    conv: positive.meta({ description: "channels made" }),
    kernel: extents(1).default(3).meta({ description: "extent of the window" }),
    strides: extents(1).default(1),
    padding: z
      .union([z.literal("same"), extents(0)])
      .default("same")
      .meta({ expected: "same, or positions added at both sides" }),
    paddingMode: z.enum(["zeros", "circular"]).default("zeros").meta({ description: "circular: periodic domains" }),
    dilations: extents(1).default(1),
    groups,
    ...weighted,
  }),
  transposedConv: z.strictObject({
    transposedConv: positive.meta({ description: "channels made" }),
    kernel: extents(1).default(2),
    strides: extents(1).default(2).meta({ description: "the factor by which extents grow" }),
    padding: extents(0).default(0),
    outputPadding: extents(0).default(0),
    groups,
    ...weighted,
  }),
  maxPool: z.strictObject({ maxPool: extents(1), ...pool }),
  averagePool: z.strictObject({
    averagePool: extents(1),
    ...pool,
    countPadding: z.boolean().default(true).meta({ description: "whether padding counts in the mean" }),
  }),
  lstm: z.strictObject({ lstm: positive.meta({ description: "hidden units" }), ...recurrent }),
  gru: z.strictObject({ gru: positive.meta({ description: "hidden units" }), ...recurrent }),
  layerNorm: z.strictObject({
    layerNorm: z.union([z.literal("all"), positive]).meta({ expected: "all, or a number of last axes" }),
    epsilon,
  }),
  groupNorm: z.strictObject({ groupNorm: positive.meta({ description: "groups" }), epsilon }),
  batchNorm: z.strictObject({
    batchNorm: flag,
    epsilon,
    momentum: z.number().gt(0).max(1).default(0.1).meta({ description: "how fast the running averages move" }),
  }),
  residual: z.strictObject({ residual: z.array(z.unknown()).min(1).meta({ expected: "a list of layers" }) }),
  activation: z.strictObject({ activation }),
  dropout: z.strictObject({
    dropout: z.number().min(0).lt(1).meta({ expected: "a rate from 0 to 1, 1 excluded" }),
  }),
  flatten: z.strictObject({ flatten: flag }),
  reshape: z.strictObject({ reshape: z.array(positive).min(1).meta({ expected: "a list of extents" }) }),
};
