import { describe, expect, it } from "vitest";
import { CaseError } from "../../../src/engine/errors/index.ts";
import { resolveCase } from "../../../src/study/case/index.ts";
import { caseWith, type Json, messageOf } from "./cases.ts";

const rows: [string, Json, string][] = [
  [
    "a misspelt key",
    { "observations.every": undefined, "observations.evry": 25 },
    "observations.evry: unknown key; did you mean every?",
  ],
  ["a key like no other", { colour: 1 }, "colour: unknown key; there are title, seed, model, initial"],
  ["a misspelt method", { "method.name": "enfk" }, 'eda, hybrid-gain, got "enfk"; did you mean enkf?'],
  ["a method without a name", { method: {} }, "method.name: missing; expected one of none, climatology"],
  ["a missing option", { "method.members": undefined }, "method.members: missing; expected an integer of at least 2"],
  [
    "text for a number",
    { "method.members": "ten" },
    'method.members: expected an integer of at least 2, got the text "ten"',
  ],
  ["zero members", { "method.members": 0 }, "method.members: expected an integer of at least 2, got 0"],
  ["half a member", { "method.members": 2.5 }, "method.members: expected an integer of at least 2, got 2.5"],
  [
    "a negative standard deviation",
    { "observations.error": { std: -1 } },
    "observations.error.std: expected a positive number, got -1",
  ],
  [
    "a negative variance",
    { "initial.covariance": { variance: -1 } },
    "initial.covariance.variance: expected a number of at least 0, got -1",
  ],
  [
    "no observation error",
    { "observations.error": { variance: 0 } },
    "observations.error.variance: expected a positive number, got 0",
  ],
  ["two kinds of one covariance", { "observations.error": { std: 1, variance: 1 } }, "one of them alone"],
  ["a misspelt kind of covariance", { "observations.error": { vraiance: 1 } }, "did you mean variance?"],
  [
    "a bare number for a covariance",
    { "observations.error": 3 },
    "observations.error: expected a covariance such as { variance: 1 }, got 3",
  ],
  [
    "a wrong one in a list",
    { "observations.error": [{ std: 1 }, { std: -1 }] },
    "observations.error[1].std: expected a positive number, got -1",
  ],
  [
    "text in a matrix",
    { "initial.covariance": [["a"]] },
    'initial.covariance[0][0]: expected a number, got the text "a"',
  ],
  [
    "an unknown operator",
    { "observations.operator": { name: "idenity" } },
    'observations.operator.name: expected one of identity, indices, every, matrix, power, onnx, module, got "idenity"; did you mean identity?',
  ],
  [
    "a wrong operator in a list",
    { "observations.operator": [{ name: "indices", indices: [-1] }] },
    "observations.operator[0].indices[0]: expected an integer of at least 0, got -1",
  ],
  [
    "two ways of saying when",
    { "observations.steps": [1] },
    "observations: expected only one of every and count, steps, times; got every and count and steps",
  ],
  [
    "no way of saying when",
    { "observations.every": undefined, "observations.count": undefined },
    "observations.every: missing; expected every and count, or steps, or times",
  ],
  [
    "every without count",
    { "observations.count": undefined },
    "observations.count: missing; expected a positive integer beside every",
  ],
  [
    "times out of order",
    { "observations.every": undefined, "observations.count": undefined, "observations.times": [0.1, 0.5, 0.3] },
    "observations.times[2]: expected times in increasing order, got 0.3 after 0.5",
  ],
  ["NaN in a mean", { "initial.mean": [1, Number.NaN, 3] }, "initial.mean[1]: expected a number, got NaN"],
  ["no mean", { "initial.mean": undefined }, "initial.mean: missing; expected the state's mean"],
  ["no initial state", { initial: undefined }, "initial: missing; expected a mapping with mean and covariance"],
  ["an empty entry", { "initial.covariance": null }, "got null (an empty entry)"],
  ["a scheme that isn't there", { "model.scheme": "rk5" }, "model.scheme: expected one of rk4, heun, euler"],
  ["a negative seed", { seed: -1 }, "seed: expected an integer from 0 to 2^53 - 1, got -1"],
  [
    "an executor that isn't there",
    { compute: { executor: "webgl" } },
    'compute.executor: expected auto, js, wasm or ort, got the text "webgl"',
  ],
  [
    "a device that the executor can't use",
    { compute: { executor: "js", device: "gpu" } },
    'compute.device: expected "cpu" with executor "js", got "gpu"',
  ],
  ["a misspelt array", { "outputs.save": ["ensmble"] }, "did you mean ensemble?"],
  ["a bare burn-in", { burnIn: 20 }, "burnIn: expected { time: 20 } or { cycles: 400 }, got 20"],
];

describe("messages about cases", () => {
  it.each(rows)("%s", async (_, changes, expected) => {
    const value = caseWith(changes);
    expect(await messageOf(() => resolveCase(value))).toContain(expected);
    expect(() => resolveCase(value)).toThrow(CaseError);
  });

  it("names further faults on lines of their own", async () => {
    const message = await messageOf(() => resolveCase(caseWith({ seed: "x", "method.members": 1 })));
    expect(message.split("\n")).toEqual([
      'seed: expected an integer from 0 to 2^53 - 1, got the text "x"',
      "method.members: expected an integer of at least 2, got 1",
    ]);
  });

  it.each([null, [1], "text", 3])("takes %j for no case", async (value) => {
    expect(await messageOf(() => resolveCase(value))).toContain("case: expected a case");
  });
});

describe("resolving a case", () => {
  it("fills in every default", () => {
    const config = resolveCase(caseWith({ outputs: undefined }));
    expect(config.model).toEqual({ name: "lorenz63", sigma: 10, rho: 28, beta: 8 / 3, dt: 0.01, scheme: "rk4" });
    expect(config.method).toEqual({
      name: "enkf",
      members: 10,
      inflation: 1,
      perturbations: "centred",
      adaptiveInflation: false,
      modelErrors: "draws",
      onFailure: "stop",
    });
    expect(config.compute).toEqual({ executor: "auto", dtype: "float64", device: "cpu", threads: 1 });
    expect(config.outputs).toEqual({
      save: ["analysisMean", "forecastMean", "spread"],
      everyStep: false,
      forecast: 0,
      report: true,
    });
    expect(config.burnIn).toEqual({ cycles: 0 });
    expect(config.modelError).toEqual({ variance: 0 });
  });

  it("leaves a resolved case as it is", () => {
    const config = resolveCase(caseWith({ "method.name": "enkf" }));
    expect(resolveCase(config)).toEqual(config);
  });
});
