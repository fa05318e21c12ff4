import type { Covariance } from "../../problem/covariance/index.ts";
import type { CaseTools } from "./tools.ts";

/** What a covariance of a case has to fit, and what its makers may use. */
export interface CovarianceNeeds {
  /** The key path. */
  readonly place: string;
  readonly size: number;
  /** What has so many components: `the state has 3 variables`. */
  readonly because: string;
  /** Whether it has to be positive definite. */
  readonly positive: boolean;
  readonly tools: CaseTools;
  /** The climatological covariance, where that means something. */
  readonly climatological?: () => Promise<Covariance>;
}
