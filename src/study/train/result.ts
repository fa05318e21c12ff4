import type { NdArray } from "../../engine/tensor/index.ts";
import type { Evaluation, StageEpoch, TrainingCheckpoint } from "./execution.ts";
import type { TrainSummary } from "./summary.ts";
import type { Training } from "./types.ts";

/** What a training gave. */
export interface TrainRun {
  /** The training with every default filled in. */
  readonly training: Training;
  readonly status: "done" | "stopped" | "failed";
  /** Why it failed. */
  readonly error?: Error;
  readonly summary: TrainSummary;
  /** Loss history, skill by lead time. */
  readonly arrays: Readonly<Record<string, NdArray>>;
  /** The network, an .onnx file; missing when a training failed. */
  readonly model?: Uint8Array;
  readonly history: readonly StageEpoch[];
  readonly evaluation: Evaluation;
  /** What a stopped training can be resumed from. */
  readonly checkpoint?: TrainingCheckpoint;
  readonly notes: readonly string[];
}
