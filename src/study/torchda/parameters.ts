import type { ArrayLike64 } from "../../engine/tensor/index.ts";
import type { Covariance } from "../../problem/covariance/index.ts";
import type { Algorithm } from "./algorithms.ts";
import type { ForwardModel } from "./forward.ts";
import type { ObservationModel } from "./observation.ts";
import type { EarlyStopArgument, OptimizerArguments, OptimizerClass } from "./optimizers.ts";

/** What a case may be given, under TorchDA's names in camel case. */
export interface Parameters {
  algorithm?: Algorithm;
  /** "cpu" (default) or "gpu". */
  device?: "cpu" | "gpu";
  observationModel?: ObservationModel;
  /** P0 or B, [n, n]. */
  backgroundCovarianceMatrix?: ArrayLike64 | Covariance;
  /** R, [m, m]. */
  observationCovarianceMatrix?: ArrayLike64 | Covariance;
  /** x0 or xb, [n]; for 3D-Var [count, n] too. */
  backgroundState?: ArrayLike64;
  /** y, [count, m]; for 3D-Var [m] too. */
  observations?: ArrayLike64;
  forwardModel?: ForwardModel;
  /** States that a call of a network returns, 1 by default. */
  outputSequenceLength?: number;
  observationTimeSteps?: ArrayLike<number>;
  gaps?: ArrayLike<number>;
  numEnsembles?: number;
  startTime?: number;
  optimizerCls?: OptimizerClass;
  optimizerArgs?: OptimizerArguments;
  maxIterations?: number;
  earlyStop?: EarlyStopArgument;
  recordLog?: boolean | ((line: string) => void);
  /** What M gets after the state and the times. */
  args?: readonly unknown[];
  /** All draws come from it; 0 by default. */
  seed?: number;
}
