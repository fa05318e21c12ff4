import type { CovarianceConfig } from "../../problem/covariance/covariance.schema.ts";
import type { FileReference } from "../../problem/file.schema.ts";
import type { OperatorConfig } from "../../problem/operators/operator.schema.ts";
import type { Named } from "./entry.ts";

/** A mean of states. */
export type MeanConfig = number | number[] | FileReference | { readonly unit: number; readonly value: number };

/** Distribution of the initial state. */
export interface InitialConfig {
  readonly mean?: MeanConfig | undefined;
  readonly covariance?: CovarianceConfig | undefined;
  readonly ensemble?: FileReference | undefined;
}

/** When, what and how well is observed. */
export interface ObservationsConfig {
  readonly every?: number | undefined;
  readonly count?: number | undefined;
  readonly steps?: number[] | undefined;
  readonly times?: number[] | undefined;
  readonly atStart: boolean;
  readonly operator: OperatorConfig | OperatorConfig[];
  readonly error: CovarianceConfig | CovarianceConfig[];
  readonly values?: FileReference | undefined;
}

/** Where the truth comes from. */
export type TruthConfig = FileReference | { readonly model: Named };

/** What the averages leave out. */
export type BurnInConfig = { readonly time: number } | { readonly cycles: number };

/** Where and how the numbers are computed. */
export interface ComputeConfig {
  readonly executor: "auto" | "js" | "wasm" | "ort";
  readonly dtype: "float64" | "float32";
  readonly device: "cpu" | "gpu" | "auto";
  readonly threads: number;
}

/** Names of the arrays that a case can ask for. */
export type SavedArray =
  | "analysisMean"
  | "forecastMean"
  | "spread"
  | "smootherMean"
  | "smootherSpread"
  | "ensemble"
  | "innovations"
  | "truth"
  | "observations"
  | "cost";

/** What is kept of a run. */
export interface OutputsConfig {
  readonly save: SavedArray[];
  readonly everyStep: boolean;
  readonly forecast: number;
  readonly report: boolean;
}

/** A case with every default filled in. */
export interface Case {
  readonly title: string;
  readonly seed: number;
  readonly model: Named;
  readonly initial: InitialConfig;
  readonly modelError: CovarianceConfig;
  readonly observations: ObservationsConfig;
  readonly truth?: TruthConfig | undefined;
  readonly burnIn: BurnInConfig;
  readonly method: Named;
  readonly compute: ComputeConfig;
  readonly outputs: OutputsConfig;
}
