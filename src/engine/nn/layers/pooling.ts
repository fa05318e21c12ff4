import type { PoolOptions } from "../../graph/index.ts";
import type { Layer } from "./layer.ts";

/** Largest element of each window of [N, C, …]; strides: the window. */
export function maxPool(options: PoolOptions): Layer {
  return { name: "maxPool", parameters: [], apply: (_, x) => x.maxPool(options) };
}

/** Mean of each window of [N, C, …]; strides: the window. */
export function averagePool(options: PoolOptions & { readonly countPadding?: boolean }): Layer {
  return { name: "averagePool", parameters: [], apply: (_, x) => x.averagePool(options) };
}
