import type { Tensor } from "../../graph/index.ts";
import type { Layer, ParameterSpec } from "./layer.ts";

function prefixed(layer: Layer, prefix: string): ParameterSpec[] {
  return layer.parameters.map((spec) => ({ ...spec, name: `${prefix}.${spec.name}` }));
}

/** Layers one after the other; parameters are named by the layer's position, `0.weight`, as `torch.nn.Sequential`. */
export function sequential(...layers: readonly Layer[]): Layer {
  return {
    name: "sequential",
    parameters: layers.flatMap((layer, i) => prefixed(layer, String(i))),
    apply(parameters, x, context) {
      let next = 0;
      return layers.reduce((value: Tensor, layer) => {
        const own = parameters.slice(next, next + layer.parameters.length);
        next += own.length;
        return layer.apply(own, value, context);
      }, x);
    },
  };
}

/** x plus what the layers make of it, which must have its shape. */
export function residual(...layers: readonly Layer[]): Layer {
  const inner = layers.length === 1 ? layers[0]! : sequential(...layers);
  return {
    name: "residual",
    parameters: prefixed(inner, "inner"),
    apply: (parameters, x, context) => x.add(inner.apply(parameters, x, context)),
  };
}

/** Each sample to another shape of the same elements: [N, …] → [N, ...shape]; a vector by default. */
export function reshaped(shape: readonly number[] = [-1]): Layer {
  return { name: "reshaped", parameters: [], apply: (_, x) => x.reshape([x.shape[0]!, ...shape]) };
}
