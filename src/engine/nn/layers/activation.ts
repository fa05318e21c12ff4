import { type Tensor, where } from "../../graph/index.ts";
import type { Layer } from "./layer.ts";

/** Functions by the names of PyTorch, with its defaults. */
const functions = {
  relu: (x: Tensor): Tensor => x.relu(),
  tanh: (x: Tensor): Tensor => x.tanh(),
  sigmoid: (x: Tensor): Tensor => x.sigmoid(),
  softplus: (x: Tensor): Tensor => x.softplus(),
  silu: (x: Tensor): Tensor => x.mul(x.sigmoid()),
  gelu: (x: Tensor): Tensor => x.mul(x.mul(Math.SQRT1_2).erf().add(1)).mul(0.5),
  elu: (x: Tensor): Tensor => where(x.greater(0), x, x.minimum(0).expm1()),
  leakyRelu: (x: Tensor): Tensor => where(x.greater(0), x, x.mul(0.01)),
} as const;

export type ActivationName = keyof typeof functions;

/** A function of each element: ReLU, tanh, the sigmoid, softplus, SiLU, GELU (by erf), ELU (α = 1), leaky ReLU (slope 0.01). */
export function activation(name: ActivationName): Layer {
  const f = functions[name];
  return { name, parameters: [], apply: (_, x) => f(x) };
}
