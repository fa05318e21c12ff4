import type { TrainCheckpoint, TrainEpoch } from "../../engine/nn/index.ts";
import type { Fit } from "./fit.ts";
import type { Skill } from "./skill.ts";

/** An epoch of a stage. */
export interface StageEpoch extends TrainEpoch {
  /** 0 for the first. */
  readonly stage: number;
}

/** How a stage ended. */
export interface StageResult {
  readonly epochs: number;
  readonly best: { readonly epoch: number; readonly loss: number };
  readonly ended: "epoch-limit" | "early-stop" | "stopped";
}

/** A stopped training, put away. */
export interface TrainingCheckpoint {
  /** The stage that was under way. */
  readonly stage: number;
  readonly state: TrainCheckpoint;
  /** Those before it. */
  readonly finished: readonly StageResult[];
  readonly history: readonly StageEpoch[];
  /** Seconds until then. */
  readonly seconds: number;
}

export interface TrainProgress {
  /** Epochs done and to do, of all stages. */
  readonly epoch: number;
  readonly epochs: number;
  readonly seconds: number;
  readonly loss: number;
  readonly validationLoss?: number;
}

/** How good the network is on the test part. */
export interface Evaluation {
  readonly skill?: Skill;
  readonly fit?: Fit;
  /** Of the true system, per unit of time. */
  readonly lyapunovExponent?: number;
}
