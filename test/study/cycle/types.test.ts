import { expectTypeOf, it } from "vitest";
import type { NdArray } from "../../../src/engine/tensor/index.ts";
import { enkf, kalman } from "../../../src/methods/filters/index.ts";
import type { Method } from "../../../src/methods/method.ts";
import { type Covariance, denseCovariance, sparseCovariance } from "../../../src/problem/covariance/index.ts";
import { functionModel, lorenz63, type Model, type TracedModel } from "../../../src/problem/models/index.ts";
import type { ObservationSeries } from "../../../src/problem/observe/index.ts";
import { identityOperator, type Operator, powerOperator } from "../../../src/problem/operators/index.ts";
import type { Run, Truth, TwinExperiment } from "../../../src/study/cycle/index.ts";

it("formulas answer at once and have derivatives, functions may do neither", () => {
  const model = lorenz63();
  expectTypeOf(model).toEqualTypeOf<TracedModel>();
  expectTypeOf(model).toExtend<Model>();
  expectTypeOf(model.advance(1).apply).returns.toEqualTypeOf<Float64Array>();
  expectTypeOf(powerOperator(3, 2).tangentBatch).returns.toEqualTypeOf<NdArray>();
  expectTypeOf(identityOperator(3).indices).toEqualTypeOf<readonly number[]>();
  const plain = functionModel({ name: "plain", shape: 1, dt: 1, step: (x) => x });
  expectTypeOf(plain).toEqualTypeOf<Model>();
  expectTypeOf(plain.advance(1)).toEqualTypeOf<Operator>();
  expectTypeOf<Operator["adjoint"]>().extract<undefined>().toEqualTypeOf<undefined>();
});

it("covariances and methods are told apart by what they do, not by their class", () => {
  expectTypeOf(denseCovariance).returns.toEqualTypeOf<Covariance>();
  expectTypeOf(sparseCovariance).returns.toEqualTypeOf<Covariance>();
  expectTypeOf(enkf).returns.toExtend<Method>();
  expectTypeOf(kalman).returns.toExtend<Method>();
  expectTypeOf(enkf).parameter(0).toHaveProperty("perturbations").toEqualTypeOf<"centred" | "raw" | undefined>();
  // @ts-expect-error: members are required
  expectTypeOf(enkf).toBeCallableWith({});
});

it("a twin experiment spreads into a run", () => {
  expectTypeOf<TwinExperiment["truth"]>().toExtend<Truth>();
  expectTypeOf<TwinExperiment["observations"]>().toEqualTypeOf<ObservationSeries>();
  expectTypeOf<Run["summary"]["status"]>().toEqualTypeOf<"done" | "stopped" | "failed">();
});
