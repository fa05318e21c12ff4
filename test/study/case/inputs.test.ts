import { describe, expect, it } from "vitest";
import { writeNpy } from "../../../src/engine/tensor/index.ts";
import { runCase } from "../../../src/study/case/index.ts";
import { array, caseWith, type Json, memory, messageOf } from "./cases.ts";

const values = array([6, 3], new Float64Array(18));
const files = {
  "y.npy": values,
  "short.npy": array([5, 3], new Float64Array(15)),
  "infinite.npy": array([6, 3], new Float64Array(18).fill(Number.POSITIVE_INFINITY)),
  "cut.npy": writeNpy(values).subarray(0, 200),
  "text.npy": new TextEncoder().encode("not an array at all"),
  "mean-nan.npy": array([3], [1, Number.NaN, 2]),
  "four.npy": array([4, 4], new Float64Array(16)),
  "list.npy": array([3], [1, 1, 1]),
  "nan.npy": array([3, 3], [1, Number.NaN, 0, 0, 1, 0, 0, 0, 1]),
  "H.npy": array([2, 4], new Float64Array(8)),
  "members.npy": array([12, 3], new Float64Array(36)),
};

const rows: [string, Json, string][] = [
  [
    "a truncated file",
    { "observations.values": { file: "cut.npy" } },
    "observations.values: cut.npy: expected 272 bytes",
  ],
  [
    "a file of another kind",
    { "observations.values": { file: "text.npy" } },
    "observations.values: text.npy: expected a .npy file",
  ],
  [
    "too few rows of y",
    { "observations.values": { file: "short.npy" } },
    'observations.values: expected "short.npy" to have shape (6, 3), for 6 observation times and 3 observations each, got (5, 3)',
  ],
  [
    "an infinite y",
    { "observations.values": { file: "infinite.npy" } },
    "observations.values: expected finite numbers, or NaN for missing ones",
  ],
  [
    "a mean of another length",
    { "initial.mean": [1, 2, 3, 4] },
    "initial.mean: expected 3 numbers, as the state has, got 4",
  ],
  [
    "NaN in the mean",
    { "initial.mean": { file: "mean-nan.npy" } },
    "initial.mean: expected finite numbers, got NaN at 1",
  ],
  [
    "a unit beyond the state",
    { "initial.mean": { unit: 3 } },
    "initial.mean.unit: expected the index of a variable, from 0 to 2, got 3",
  ],
  [
    "B of another shape",
    { "initial.covariance": { file: "four.npy" } },
    "initial.covariance: expected a matrix of shape (3, 3), as the state has 3 variables, got shape (4, 4)",
  ],
  [
    "variances where a matrix is meant",
    { "initial.covariance": { file: "list.npy" } },
    "write { diagonal: { file: list.npy } }",
  ],
  [
    "NaN in B",
    { "initial.covariance": { file: "nan.npy" } },
    "initial.covariance: expected finite numbers, got NaN at (0, 1)",
  ],
  [
    "an asymmetric B",
    {
      "initial.covariance": [
        [1, 0.5, 0],
        [0, 1, 0],
        [0, 0, 1],
      ],
    },
    "initial.covariance: expected a symmetric matrix, got 0.5 at (0, 1) and 0 at (1, 0)",
  ],
  [
    "an indefinite B",
    {
      "initial.covariance": [
        [1, 2, 0],
        [2, 1, 0],
        [0, 0, 1],
      ],
    },
    "initial.covariance: expected a positive semi-definite matrix, got smallest eigenvalue",
  ],
  [
    "a ragged B",
    {
      "initial.covariance": [
        [1, 0, 0],
        [0, 1],
        [0, 0, 1],
      ],
    },
    "initial.covariance: expected rows of equal length 3",
  ],
  [
    "too few variances",
    { "initial.covariance": { diagonal: [1, 2] } },
    "initial.covariance.diagonal: expected 3 variances, as the state has 3 variables, got 2",
  ],
  [
    "an asymmetric R",
    {
      "observations.error": [
        [1, 0.5, 0],
        [0, 1, 0],
        [0, 0, 1],
      ],
    },
    "observations.error: expected a symmetric matrix",
  ],
  [
    "a singular R",
    {
      "observations.error": [
        [1, 1, 0],
        [1, 1, 0],
        [0, 0, 1],
      ],
    },
    "observations.error: expected a positive definite matrix",
  ],
  [
    "R of another shape",
    {
      "observations.error": [
        [1, 0],
        [0, 1],
      ],
    },
    'observations.error: expected a matrix of shape (3, 3), as the operator "identity" gives 3 observations, got shape (2, 2)',
  ],
  [
    "too few R",
    { "observations.error": [{ std: 1 }, { std: 2 }] },
    "observations.error: expected one for all times or a list of 6, one per observation time, got a list of 2",
  ],
  [
    "a climatological R",
    { "observations.error": { climatological: 1 } },
    "observations.error: a climatological covariance is one of states",
  ],
  [
    "H of another shape",
    { "observations.operator": { name: "matrix", file: "H.npy" } },
    'observations.operator: expected "H.npy" to have shape (observations, 3), as the state has 3 variables, got (2, 4)',
  ],
  [
    "an index beyond the state",
    { "observations.operator": { name: "indices", indices: [0, 3] } },
    "observations.operator.indices[1]: expected an integer from 0 to 2, got 3",
  ],
  [
    "a time between steps",
    { "observations.every": undefined, "observations.count": undefined, "observations.times": [0.1, 0.513] },
    "observations.times[1]: expected a multiple of the model's step 0.01, got 0.513",
  ],
  [
    "another number of members",
    { "initial.ensemble": { file: "members.npy" } },
    "method.members: expected 12, as initial.ensemble has, got 10",
  ],
  ["a truth of another shape", { truth: { file: "short.npy" } }, 'truth: expected "short.npy" to have shape (6, 3)'],
  [
    "a true model of another size",
    { truth: { model: { name: "lorenz96" } } },
    "truth.model: expected a model of 3 variables as model, got one of 40",
  ],
  [
    "a true model beside observations",
    { truth: { model: { name: "lorenz63" } }, "observations.values": { file: "y.npy" } },
    "truth.model: makes the truth of a twin experiment",
  ],
  ["a nonlinear model for the Kalman filter", { method: { name: "kalman" } }, "use extended-kalman"],
  ["a module", { model: { name: "module", file: "m.js" } }, 'model: "m.js" is code, and modules are not allowed here'],
];

describe("what is wrong with the parts of a case", () => {
  it.each(rows)("%s", async (_, changes, expected) => {
    expect(await messageOf(() => runCase(caseWith(changes), { reader: memory(files) }))).toContain(expected);
  });

  it("files without a reader", async () => {
    const value = caseWith({ "initial.mean": { file: "x.npy" } });
    expect(await messageOf(() => runCase(value))).toBe(
      'initial.mean: "x.npy" can\'t be read: no reader and no base folder were given',
    );
  });
});

describe("modules", () => {
  const modules: Record<string, unknown> = {
    short: { size: 3, dt: 0.01, step: (x: Float64Array) => [x[0], x[1]] },
    throws: {
      size: 3,
      dt: 0.01,
      step: () => {
        throw new Error("oops");
      },
    },
    nothing: 5,
    timeless: { size: 3, step: (x: Float64Array) => x },
    decay: { size: 3, dt: 0.01, step: (x: Float64Array) => x.map((value) => 0.99 * value) },
    late: { size: 3, dt: 0.01, step: (x: Float64Array, t: number) => (t > 0.4 ? [1] : x) },
    fails: {
      size: 3,
      dt: 0.01,
      step: (x: Float64Array, t: number) => {
        if (t > 0.4) throw new Error("no more");
        return x;
      },
    },
    sum: (x: Float64Array) => [x[0]! + x[1]!],
  };
  const load = async (_: string, name: string): Promise<unknown> => modules[name];
  const model = (name: string): Json => ({ name: "module", file: "m.js", export: name });

  it.each([
    ["short", "model: m.js: short: expected the function to return 3 numbers, got 2"],
    ["throws", "model: m.js: throws: threw: oops"],
    ["nothing", "model: expected m.js: nothing to be a model or { size, dt, step(x, t) }, got 5"],
    ["timeless", "model: expected m.js: timeless to have dt, the length of a step, got nothing"],
    ["late", "model: m.js: late: expected the function to return 3 numbers, got 1"],
  ])("%s", async (name, expected) => {
    expect(await messageOf(() => runCase(caseWith({ model: model(name) }), { modules: load }))).toBe(expected);
  });

  it("run as models and operators", async () => {
    const value = caseWith({ model: model("decay"), "observations.operator": model("sum") });
    const run = await runCase(value, { modules: load });
    expect(run.status).toBe("done");
    expect(run.arrays.observations?.shape).toEqual([6, 1]);
  });

  it("that fail while they run make a failed run", async () => {
    const run = await runCase(caseWith({ model: model("fails") }), { modules: load });
    expect(run.status).toBe("failed");
    expect(run.summary.reason).toBe("m.js: fails: threw: no more");
  });
});
