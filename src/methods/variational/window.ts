import type { Tensor } from "../../engine/graph/index.ts";
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

/** A bias of the observations, linear in coefficients β: y = H(x) + Σ_i β_i p_i + error. */
export interface WindowBias {
  /** Background of β, [p], and its covariance. */
  readonly mean: Float64Array;
  readonly covariance: Covariance;
  /** The predictors p_i of the observations of an operator, [p, m], from the state (of `inShape`) and the time. */
  predictors(x: Tensor, t: Tensor, operator: Operator): Tensor;
}

/** A further term ½|c|² of the cost: c from the states at all model steps of a window, [steps + 1, n], the start first. */
export interface WindowPenalty {
  readonly residual: (states: Tensor) => Tensor;
}

/** The variational problem of one window: the control is the state at its start, and what else is to be found. */
export interface WindowProblem {
  /** Not needed when all observations are at the start (3D-Var). */
  readonly model?: Model;
  readonly background: { readonly mean: Float64Array; readonly covariance: Covariance };
  readonly observations: readonly WindowObservation[];
  /** Time of the window's start; 0 by default. */
  readonly time?: number;
  readonly control?: Control;
  /** Covariance Q of model errors per unit of time: an error of covariance dt·Q after every step is found, too (weak constraint). */
  readonly modelError?: Covariance;
  /** Beyond this many standard deviations a residual's cost grows linearly; infinite by default. */
  readonly huber?: number;
  readonly bias?: WindowBias;
  readonly penalty?: WindowPenalty;
  /** Whether backward passes keep the states of few steps and run the others again; false by default. */
  readonly checkpoint?: boolean;
  /** The states at the observation times that the increment of the start is added to as it is, instead of a run of the model. */
  readonly references?: readonly Float64Array[];
}

/** Terms of a window's cost; `Jb` has all of the background's: those of a bias's and the model's errors, too. */
export interface WindowParts {
  readonly Jb: number;
  readonly Jo: number;
  /** Of the model's errors, a part of Jb. */
  readonly Jq?: number;
  /** Of the penalty, a part of Jo. */
  readonly Jc?: number;
}

/** What a control stands for. */
export interface WindowUnknowns {
  /** The state at the window's start. */
  readonly state: Float64Array;
  /** The model's error after every step, [steps, n]: weak constraint. */
  readonly errors?: Float64Array;
  /** The coefficients of a bias. */
  readonly bias?: Float64Array;
}

/** The cost of a window, ready to be minimised. */
export interface WindowCost extends Objective {
  /** The same cost, for executors that answer with promises; `evaluate` is refused then. */
  evaluateAsync?(z: Float64Array): Promise<Evaluation>;
  curvatureAsync?(z: Float64Array, v: Float64Array): Promise<Float64Array>;
  /** J, Jb and Jo of the last evaluation. */
  parts(): WindowParts & Record<string, number>;
  /** The control that stands for the background. */
  start(): Float64Array;
  /** The state at the window's start that a control stands for. */
  state(control: Float64Array): Float64Array;
  /** All that a control stands for. */
  unknowns?(control: Float64Array): WindowUnknowns;
}
