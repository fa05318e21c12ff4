import type { CompileOptions } from "../../engine/execute/index.ts";
import type { Tensor } from "../../engine/graph/index.ts";
import type { Operator } from "../operators/operator.ts";

/** The physical space behind a latent one. */
export interface LatentSpace {
  /** Shape of a physical state. */
  readonly shape: readonly number[];
  /** From physical states to latent ones, and back. */
  readonly encode: Operator;
  readonly decode: Operator;
}

/** A forecast model: one step of `dt` time units. `advance(model, steps)` makes the operator over an interval. */
export interface Model {
  readonly name: string;
  readonly shape: readonly number[];
  readonly size: number;
  /** Time units of a step. */
  readonly dt: number;
  readonly linear: boolean;
  /** The map over `steps` steps (≥ 1), built once per number of steps and kept. Its argument t is the time at the start. */
  advance(steps: number): Operator;
  /** The states after each of `steps` steps (≥ 1), [steps, ...shape], likewise built once and kept. */
  trajectory(steps: number): Operator;
  /** The same model, computed elsewhere or otherwise; missing for plain functions. It may answer with promises. */
  withCompute?(compute: CompileOptions): Model;
  /** One step on symbolic tensors of `shape`, `t` the scalar time at its start. Missing for plain functions. */
  readonly step?: (x: Tensor, t: Tensor) => Tensor;
  /** For models whose states are latent variables. */
  readonly latent?: LatentSpace;
  /** What a resolved case says of it. */
  readonly options: Readonly<Record<string, unknown>>;
}
