import { adam, adamw, gaussNewton, lbfgs, type Minimizer, nonlinearCg, sgd } from "../../engine/minimize/index.ts";
import type { MinimizerConfig } from "../../methods/common/minimizer.schema.ts";

/** The minimiser that a case describes. */
export function makeMinimizer({ name, earlyStop, inner, pairs, ...given }: MinimizerConfig): Minimizer {
  const { iterations, tolerance, learningRate } = given;
  const counted = { ...(iterations !== undefined && { iterations }) };
  const ending = { ...counted, ...(tolerance !== undefined && { tolerance }) };
  if (name === "lbfgs") return lbfgs(ending);
  if (name === "cg") return nonlinearCg(ending);
  if (name === "gauss-newton")
    return gaussNewton({ ...ending, ...(inner && { inner }), ...(pairs !== undefined && { pairs }) });
  const steps = { ...counted, ...(learningRate !== undefined && { learningRate }), ...(earlyStop && { earlyStop }) };
  return { adam, adamw, sgd }[name](steps);
}
