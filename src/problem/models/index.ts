export { type FunctionModelOptions, functionModel } from "./function.ts";
export { type IdentityOptions, identityModel } from "./identity.ts";
export { type ButcherTableau, integrate, type Scheme, tableaus } from "./integrators.ts";
export { type KuramotoSivashinskyOptions, kuramotoSivashinsky } from "./kuramoto-sivashinsky.ts";
export { type LatentModelOptions, latentModel } from "./latent.ts";
export { type LinearOptions, linearModel } from "./linear.ts";
export { type Lorenz63Options, lorenz63 } from "./lorenz63.ts";
export { type Lorenz84Options, lorenz84 } from "./lorenz84.ts";
export { type Lorenz96Options, lorenz96 } from "./lorenz96.ts";
export type { LatentSpace, Model } from "./model.ts";
export { type NetworkModelOptions, networkModel, networkShape } from "./network.ts";
export {
  type ShallowWaterBoundary,
  type ShallowWaterOptions,
  shallowWater,
  waterColumn,
} from "./shallow-water.ts";
export { type TracedModel, type TracedModelOptions, tracedModel } from "./traced.ts";
