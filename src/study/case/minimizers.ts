import { adam, adamw, lbfgs, type Minimizer, sgd } from "../../engine/minimize/index.ts";
import type { MinimizerConfig } from "../../methods/common/minimizer.schema.ts";

/** The minimiser that a case describes. */
export function makeMinimizer({ name, earlyStop, ...given }: MinimizerConfig): Minimizer {
  const { iterations, tolerance, learningRate } = given;
  const counted = { ...(iterations !== undefined && { iterations }) };
  if (name === "lbfgs") return lbfgs({ ...counted, ...(tolerance !== undefined && { tolerance }) });
  const steps = { ...counted, ...(learningRate !== undefined && { learningRate }), ...(earlyStop && { earlyStop }) };
  return { adam, adamw, sgd }[name](steps);
}
