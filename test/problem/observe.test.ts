import { describe, expect, it } from "vitest";
import { randomStreams } from "../../src/engine/random/index.ts";
import { denseCovariance, scalarCovariance } from "../../src/problem/covariance/index.ts";
import {
  observationNetwork,
  observationSeries,
  observationSteps,
  presentObservations,
  simulateObservations,
} from "../../src/problem/observe/index.ts";
import { identityOperator, indicesOperator } from "../../src/problem/operators/index.ts";

const R = denseCovariance([
  [1, 0.5, 0.1],
  [0.5, 2, 0.3],
  [0.1, 0.3, 3],
]);
const network = observationNetwork({ dt: 0.5, steps: [1, 4], operator: identityOperator(3), error: R });

describe("times", () => {
  it("are regular, listed or multiples of the step", () => {
    expect(observationSteps({ every: 5, count: 3 }, 0.1)).toEqual([5, 10, 15]);
    expect(observationSteps({ every: 5, count: 3, atStart: true }, 0.1)).toEqual([0, 5, 10]);
    expect(observationSteps({ steps: [1, 3, 7] }, 0.1)).toEqual([1, 3, 7]);
    expect(observationSteps({ times: [0.1, 0.25, 0.61] }, 0.01)).toEqual([10, 25, 61]);
  });
  it.each<[string, () => unknown, string]>([
    ["no times", () => observationSteps({ steps: [] }, 1), "steps: expected at least one observation time"],
    [
      "a count of 0",
      () => observationSteps({ every: 1, count: 0 }, 1),
      "count: expected an integer of at least 1, got 0",
    ],
    [
      "times that go back",
      () => observationSteps({ steps: [3, 2] }, 1),
      "steps[1]: expected increasing steps, got 2 after 3",
    ],
    [
      "one time twice",
      () => observationSteps({ steps: [3, 3] }, 1),
      "steps[1]: expected increasing steps, got 3 after 3",
    ],
    ["half a step", () => observationSteps({ steps: [1.5] }, 1), "steps[0]: expected a model step from 0 on, got 1.5"],
    [
      "a time between steps",
      () => observationSteps({ times: [0.1, 0.15] }, 0.1),
      "times[1]: expected a multiple of the model's step 0.1, got 0.15",
    ],
    ["a time that is no number", () => observationSteps({ times: [Number.NaN] }, 0.1), "times[0]: expected a multiple"],
  ])("%s are refused", (_, act, message) => {
    expect(act).toThrow(message);
  });
});

describe("series", () => {
  it("have their own operator and error at each time", () => {
    const series = observationSeries(
      observationNetwork({
        dt: 0.5,
        steps: [1, 4],
        operator: [identityOperator(3), indicesOperator(3, [2])],
        error: [R, scalarCovariance(1, 4)],
      }),
      [[1, 2, 3], [4]],
    );
    expect(series.map(({ step, time, values, error }) => [step, time, [...values], error.size])).toEqual([
      [1, 0.5, [1, 2, 3], 3],
      [4, 2, [4], 1],
    ]);
  });
  it.each<[string, () => unknown, string]>([
    ["too few times", () => observationSeries(network, [[1, 2, 3]]), "values: expected 2 observation times, got 1"],
    [
      "too few values",
      () =>
        observationSeries(network, [
          [1, 2, 3],
          [1, 2],
        ]),
      'values[1]: expected 3 numbers, as operator "identity" gives, got 2',
    ],
    [
      "an infinite value",
      () =>
        observationSeries(network, [
          [1, 2, 3],
          [1, 2, Number.POSITIVE_INFINITY],
        ]),
      "values[1]: expected finite numbers or NaN for missing ones, got Infinity at 2",
    ],
    [
      "an error of another size",
      () => observationNetwork({ dt: 1, steps: [1], operator: identityOperator(2), error: R }),
      'error[0]: expected a covariance of size 2, as operator "identity" gives, got 3',
    ],
    [
      "operators on different states",
      () =>
        observationNetwork({
          dt: 1,
          steps: [1, 2],
          operator: [identityOperator(3), indicesOperator(4, [0, 1, 2])],
          error: R,
        }),
      "operator[1]: expected an operator on 3 numbers as the first, got one on 4",
    ],
    [
      "an error of 0",
      () => observationNetwork({ dt: 1, steps: [1], operator: identityOperator(2), error: scalarCovariance(2, 0) }),
      "error[0]: expected a positive definite covariance, got a singular one",
    ],
    [
      "operators for some times",
      () => observationNetwork({ dt: 1, steps: [1, 2], operator: [identityOperator(3)], error: R }),
      "operator: expected one for all times or 2 of them, got 1",
    ],
    [
      "steps out of order",
      () => observationNetwork({ dt: 1, steps: [2, 1], operator: identityOperator(3), error: R }),
      "steps[1]: expected increasing steps, got 1 after 2",
    ],
  ])("with %s are refused", (_, act, message) => {
    expect(act).toThrow(message);
  });
});

describe("missing values", () => {
  const [, second] = observationSeries(network, [
    [1, 2, 3],
    [Number.NaN, 5, 6],
  ]);
  it("leave their rows and columns of R out", () => {
    const { indices, values, error } = presentObservations(second!);
    expect([...indices]).toEqual([1, 2]);
    expect([...values]).toEqual([5, 6]);
    expect([...error!.dense()]).toEqual([2, 0.3, 0.3, 3]);
  });
  it("may be all of them", () => {
    const none = presentObservations({ ...second!, values: new Float64Array(3).fill(Number.NaN) });
    expect(none.indices.length).toBe(0);
    expect(none.error).toBeUndefined();
  });
});

describe("simulated observations", () => {
  it("are the truth with errors of R, the same for the same seed", async () => {
    const count = 4000;
    const many = observationNetwork({
      dt: 1,
      steps: Array.from({ length: count }, (_, k) => k),
      operator: identityOperator(3),
      error: R,
    });
    const truth = { data: Float64Array.from({ length: 3 * count }, (_, i) => i), shape: [count, 3] };
    const series = await simulateObservations(many, truth, randomStreams(4));
    const sums = new Float64Array(9);
    series.forEach(({ values }, k) => {
      const e = values.map((value, i) => value - (3 * k + i));
      for (let i = 0; i < 3; i++) for (let j = 0; j < 3; j++) sums[3 * i + j]! += (e[i]! * e[j]!) / count;
    });
    R.dense().forEach((value, i) => {
      expect(Math.abs(sums[i]! - value)).toBeLessThan(0.25);
    });
    const again = await simulateObservations(many, truth, randomStreams(4));
    expect(again.map((o) => o.values)).toEqual(series.map((o) => o.values));
    await expect(simulateObservations(network, truth, randomStreams(4))).rejects.toThrow(
      "truth: expected 2 states, got 4000",
    );
  });
});
