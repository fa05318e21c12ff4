import { expectTypeOf, it } from "vitest";
import type { Tensor } from "../../../src/engine/graph/index.ts";
import {
  type Apply,
  activation,
  type Layer,
  type Network,
  type Objective,
  type Optimizer,
  surrogate,
  type TrainCheckpoint,
  type TrainOptions,
  type TrainResult,
  train,
} from "../../../src/engine/nn/index.ts";

it("has the types that the documentation says", () => {
  expectTypeOf(train).parameter(0).toEqualTypeOf<TrainOptions>();
  expectTypeOf(train).returns.resolves.toEqualTypeOf<TrainResult>();
  expectTypeOf<TrainOptions["resume"]>().toEqualTypeOf<TrainCheckpoint | undefined>();
  expectTypeOf<TrainResult["status"]>().toEqualTypeOf<"epoch-limit" | "early-stop" | "stopped">();
  expectTypeOf<Objective>().toEqualTypeOf<(apply: Apply, batch: readonly Tensor[]) => Tensor>();
  expectTypeOf(surrogate).toEqualTypeOf<(network: Network, parameters: Float64Array) => (x: Tensor) => Tensor>();
  expectTypeOf<Optimizer["scalars"]>().returns.toEqualTypeOf<number[]>();
  expectTypeOf(activation).returns.toEqualTypeOf<Layer>();
  // @ts-expect-error an activation that isn't there
  expectTypeOf(activation).toBeCallableWith("relu6");
  // @ts-expect-error data are needed
  expectTypeOf<Pick<TrainOptions, "network">>().toExtend<TrainOptions>();
});
