import type { Evaluation, Objective } from "../../engine/minimize/index.ts";
import type { Covariance } from "../../problem/covariance/index.ts";
import type { Model } from "../../problem/models/index.ts";
import type { Operator } from "../../problem/operators/index.ts";

/** What was seen at one time of a window. */
export interface WindowObservation {
  /** Model steps since the window's start; 0 is the start itself. */
  readonly step: number;
  /** NaN where missing. */
  readonly values: Float64Array;
  readonly operator: Operator;
  readonly error: Covariance;
}

/**
 * What is minimised over: `sqrt` is the control variable v of x = x_b + B^(1/2) v, which conditions the problem; `state` is
 * x itself.
 */
export type Control = "sqrt" | "state";

/** The variational problem of one window: the control is the state at its start. */
export interface WindowProblem {
  /** Not needed when all observations are at the start (3D-Var). */
  readonly model?: Model;
  readonly background: { readonly mean: Float64Array; readonly covariance: Covariance };
  readonly observations: readonly WindowObservation[];
  /** Time of the window's start; 0 by default. */
  readonly time?: number;
  readonly control?: Control;
}

/** The cost of a window, ready to be minimised. */
export interface WindowCost extends Objective {
  /** The same cost, for executors that answer with promises; `evaluate` is refused then. */
  evaluateAsync?(z: Float64Array): Promise<Evaluation>;
  /** J, Jb and Jo of the last evaluation. */
  parts(): { Jb: number; Jo: number };
  /** The control that stands for the background. */
  start(): Float64Array;
  /** The state at the window's start that a control stands for. */
  state(control: Float64Array): Float64Array;
}
