import { expectTypeOf, it } from "vitest";
import type { NdArray } from "../../../src/engine/tensor/index.ts";
import {
  type RunTrainingOptions,
  resolveTraining,
  runTraining,
  type Training,
  type TrainingCheckpoint,
  type TrainRun,
} from "../../../src/study/train/index.ts";

it("has the types that the documentation says", () => {
  expectTypeOf(runTraining).parameter(1).toEqualTypeOf<RunTrainingOptions | undefined>();
  expectTypeOf(runTraining).returns.resolves.toEqualTypeOf<TrainRun>();
  expectTypeOf(resolveTraining).returns.toEqualTypeOf<Training>();
  expectTypeOf<TrainRun["model"]>().toEqualTypeOf<Uint8Array | undefined>();
  expectTypeOf<TrainRun["arrays"]>().toEqualTypeOf<Readonly<Record<string, NdArray>>>();
  expectTypeOf<RunTrainingOptions["resume"]>().toEqualTypeOf<TrainingCheckpoint | undefined>();
  // @ts-expect-error a run is not changed
  expectTypeOf<TrainRun>().toExtend<{ status: "running" }>();
});
