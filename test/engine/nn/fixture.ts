import { readFileSync } from "node:fs";
import type { NestedNumbers } from "../../../src/engine/tensor/index.ts";

/** A layer's values in PyTorch, as test/fixtures/nn/generate.py writes them. */
export interface LayerFixture {
  readonly parameters: Record<string, NestedNumbers>;
  readonly x: NestedNumbers;
  readonly y: NestedNumbers;
  readonly dx: NestedNumbers;
  readonly gradients: Record<string, NestedNumbers>;
  readonly after: Record<string, NestedNumbers>;
}

export interface LossFixture {
  readonly value: number;
  readonly gradient: NestedNumbers;
}

export interface StepsFixture {
  readonly losses: readonly number[];
  readonly end: Record<string, NestedNumbers>;
}

/** The fixture file, its parts read as the caller knows them to be. */
export const torch: {
  readonly losses: { readonly prediction: NestedNumbers; readonly target: NestedNumbers } & Record<
    "mse" | "mae" | "huber" | "relativeL2",
    LossFixture
  >;
  readonly steps: {
    readonly x: NestedNumbers;
    readonly y: NestedNumbers;
    readonly start: Record<string, NestedNumbers>;
  } & Record<"adam" | "adamw" | "sgd", StepsFixture>;
} & Record<
  | "lstm"
  | "gru"
  | "dense"
  | "layerNorm"
  | "groupNorm"
  | "batchNorm"
  | "batchNorm1d"
  | "batchNormInUse"
  | "conv1dCircular"
  | "conv2d"
  | "conv2dCircular"
  | "convTranspose"
  | "relu"
  | "tanh"
  | "sigmoid"
  | "softplus"
  | "silu"
  | "gelu"
  | "elu"
  | "leakyRelu",
  LayerFixture
> = JSON.parse(readFileSync(new URL("../../fixtures/nn/torch.json", import.meta.url), "utf8"));
