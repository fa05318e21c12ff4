import type { CovarianceConfig } from "../../problem/covariance/covariance.schema.ts";
import type { FileReference } from "../../problem/file.schema.ts";
import type { Named } from "../case/entry.ts";
import type { LayerConfig } from "./layers.schema.ts";
import type { StageConfig } from "./stage.schema.ts";

/** How much is held out: a share below 1, or a number. */
export interface HeldOut {
  readonly validation: number;
  readonly test: number;
}

/** States that a model makes. */
export interface ModelData extends HeldOut {
  readonly model: Named;
  readonly initial: { readonly mean: number | number[] | FileReference; readonly covariance: CovarianceConfig };
  readonly trajectories: number;
  readonly samples: number;
  readonly every: number;
  readonly spinUp: number;
}

/** States from a file, of one run. */
export interface TrajectoryData extends HeldOut {
  readonly trajectory: FileReference;
  readonly dt: number;
}

/** States from a file, of several runs. */
export interface TrajectoriesData extends HeldOut {
  readonly trajectories: FileReference;
  readonly dt: number;
}

/** Samples of any map. */
export interface PairData extends HeldOut {
  readonly inputs: FileReference;
  readonly targets: FileReference;
}

/** What is learned from. */
export type DataConfig = ModelData | TrajectoryData | TrajectoriesData | PairData;

/** What is learned. */
export interface NetworkConfig {
  readonly predicts: "increment" | "state" | "output";
  readonly normalize: boolean | "channels" | "all";
  readonly layers: readonly LayerConfig[];
}

/** How the skill on the test part is measured. */
export interface EvaluationConfig {
  readonly starts: number;
  readonly steps?: number | undefined;
  readonly threshold: number;
  readonly lyapunovExponent?: number | undefined;
}

/** Where and how the numbers are computed. */
export interface TrainCompute {
  readonly executor: "auto" | "js" | "ort";
  readonly dtype: "float64" | "float32";
  readonly threads: number;
}

/** What is written. */
export interface TrainOutputs {
  readonly weights: "float64" | "float32";
  readonly batch: number;
  readonly report: boolean;
}

/** A training with every default filled in. */
export interface Training {
  readonly title: string;
  readonly seed: number;
  readonly data: DataConfig;
  readonly network: NetworkConfig;
  readonly training: readonly StageConfig[];
  readonly evaluation: EvaluationConfig;
  readonly compute: TrainCompute;
  readonly outputs: TrainOutputs;
}
