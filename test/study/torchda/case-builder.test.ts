import { describe, expect, it } from "vitest";
import { stack, type Tensor } from "../../../src/engine/graph/index.ts";
import { lorenz63 } from "../../../src/problem/models/index.ts";
import {
  Algorithms,
  apply3DVar,
  apply4DVar,
  applyEnKF,
  applyKF,
  CaseBuilder,
  type ForwardFunction,
} from "../../../src/study/torchda/index.ts";

const unit = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
];
const tutorial = () =>
  new CaseBuilder("3D-Var")
    .setAlgorithm(Algorithms.Var3D)
    .setObservationModel(unit)
    .setBackgroundCovarianceMatrix(unit)
    .setObservationCovarianceMatrix(unit)
    .setBackgroundState([0, 0, 0])
    .setObservations([10, 20, 30]);

describe("a case builder", () => {
  it("has a setter for every parameter, which returns it", () => {
    const builder = new CaseBuilder("all");
    const M: ForwardFunction = (x) => x;
    const values = {
      algorithm: Algorithms.EnKF,
      device: "cpu",
      observationModel: unit,
      backgroundCovarianceMatrix: unit,
      observationCovarianceMatrix: unit,
      backgroundState: [0, 1, 2],
      observations: [[1, 2, 3]],
      forwardModel: M,
      outputSequenceLength: 2,
      observationTimeSteps: [1],
      gaps: [10],
      numEnsembles: 5,
      startTime: 0.5,
      optimizerCls: "Adam",
      optimizerArgs: { lr: 0.1 },
      maxIterations: 10,
      earlyStop: [3, 0.1],
      recordLog: false,
      args: [1],
      seed: 3,
    } as const;
    builder
      .setAlgorithm(values.algorithm)
      .setDevice(values.device)
      .setObservationModel(values.observationModel)
      .setBackgroundCovarianceMatrix(values.backgroundCovarianceMatrix)
      .setObservationCovarianceMatrix(values.observationCovarianceMatrix)
      .setBackgroundState(values.backgroundState)
      .setObservations(values.observations)
      .setForwardModel(values.forwardModel)
      .setOutputSequenceLength(values.outputSequenceLength)
      .setObservationTimeSteps(values.observationTimeSteps)
      .setGaps(values.gaps)
      .setNumEnsembles(values.numEnsembles)
      .setStartTime(values.startTime)
      .setOptimizerCls(values.optimizerCls)
      .setOptimizerArgs(values.optimizerArgs)
      .setMaxIterations(values.maxIterations)
      .setEarlyStop(values.earlyStop)
      .setRecordLog(values.recordLog)
      .setArgs(values.args)
      .setSeed(values.seed);
    expect(builder.getParametersDict()).toEqual(values);
    expect(new CaseBuilder("same", values).getParametersDict()).toEqual(values);
  });

  it.each([
    ["algorithm", "Var5D", "algorithm: expected one of EnKF, 3DVar, 4DVar"],
    ["device", "cuda", 'device: expected "cpu" or "gpu"'],
    ["observationModel", 3, "observationModel: expected a matrix, a function or an operator"],
    ["backgroundCovarianceMatrix", "B", "backgroundCovarianceMatrix: expected a matrix"],
    ["observationCovarianceMatrix", 1, "observationCovarianceMatrix: expected a matrix"],
    ["backgroundState", "x", "backgroundState: expected numbers"],
    ["observations", null, "observations: expected numbers"],
    ["forwardModel", [1, 2], "forwardModel: expected a function"],
    ["outputSequenceLength", 0, "outputSequenceLength: expected an integer of at least 1"],
    ["observationTimeSteps", ["1"], "observationTimeSteps: expected a list of numbers"],
    ["gaps", 10, "gaps: expected a list of numbers"],
    ["numEnsembles", 1, "numEnsembles: expected an integer of at least 2"],
    ["startTime", Number.NaN, "startTime: expected a finite number"],
    ["optimizerCls", 7, "optimizerCls: expected an optimiser"],
    ["optimizerArgs", [0.1], "optimizerArgs: expected an object"],
    ["maxIterations", 1.5, "maxIterations: expected an integer"],
    ["earlyStop", 3, "earlyStop: expected [patience, tolerance]"],
    ["recordLog", "yes", "recordLog: expected true, false"],
    ["args", 3, "args: expected a list"],
    ["seed", -1, "seed: expected an integer"],
  ])("refuses a wrong %s", (name, value, message) => {
    const builder = new CaseBuilder();
    expect(() => builder.setParameters({ [name]: value })).toThrow(message);
    expect(builder.getParametersDict()).toEqual({});
  });

  it("refuses names that aren't parameters, and cases without a name", () => {
    expect(() => new CaseBuilder("x", JSON.parse('{"optimiser": 1}'))).toThrow("parameters.optimiser");
    expect(() => new CaseBuilder(JSON.parse("3"))).toThrow("caseName: expected a text");
  });

  it("has no results before it is executed", async () => {
    const builder = tutorial();
    expect(() => builder.getResultsDict()).toThrow("hasn't been executed");
    expect(() => builder.getResult("assimilated_state")).toThrow("hasn't been executed");
    await builder.execute();
    expect(Object.keys(builder.getResultsDict())).toEqual(["assimilated_state", "intermediate_results", "status"]);
    expect(builder.getResult("assimilated_state").data[2]).toBeCloseTo(15, 8);
    expect(() => builder.getResult("average_ensemble_all_states")).toThrow("expected one of assimilated_state");
  });

  it("says what is missing", async () => {
    await expect(new CaseBuilder().execute()).rejects.toThrow("algorithm: expected one of");
    await expect(tutorial().setAlgorithm(Algorithms.EnKF).execute()).rejects.toThrow(
      "observationTimeSteps: is needed by EnKF: call setObservationTimeSteps",
    );
  });

  it("logs each iteration where that is wanted", async () => {
    const lines: string[] = [];
    await tutorial()
      .setRecordLog((line) => lines.push(line))
      .execute();
    expect(lines[0]).toMatch(/^iteration 0: J 1400, Jb 0, Jo 1400/);
  });

  it("runs an ensemble", async () => {
    const builder = new CaseBuilder("EnKF", {
      algorithm: "EnKF",
      observationModel: unit,
      backgroundCovarianceMatrix: unit,
      observationCovarianceMatrix: unit,
      backgroundState: [1.5, -1.5, 25],
      observations: [[1, -1, 22]],
      observationTimeSteps: [0.05],
      gaps: [5],
      forwardModel: lorenz63(),
      numEnsembles: 10,
    });
    await builder.execute();
    expect(builder.getResult("average_ensemble_all_states").shape).toEqual([6, 3]);
    expect(builder.getResult("each_ensemble_all_states").shape).toEqual([6, 10, 3]);
  });
});

describe("a forward function", () => {
  // x(t) = x(start) + rate · (t − start), and the times themselves in the last variable.
  const M = (x: Tensor, times: Tensor, rate: number, offset: number): Tensor =>
    stack(
      Array.from({ length: times.shape[0]! }, (_, k) =>
        stack([x.at(0).add(times.at(k).sub(times.at(0)).mul(rate)), times.at(k).add(offset)]),
      ),
    );
  const loose = [
    [1e12, 0],
    [0, 1e12],
  ];

  it("gets the times between observations, from the start on, and what is to be passed on", async () => {
    const states = await applyKF(
      [2, 2.5],
      [4, 2],
      M,
      [[1, 0]],
      loose.map((row) => row.map((v) => v * 1e-24)),
      [[1]],
      [7, 0],
      [[0], [0]],
      {
        startTime: 1,
        args: [3, 100],
      },
    );
    const times = [1.25, 1.5, 1.75, 2, 2.25, 2.5];
    times.forEach((time, k) => {
      expect(states.data[2 * (k + 1)]).toBeCloseTo(7 + 3 * (time - 1), 10);
      expect(states.data[2 * (k + 1) + 1]).toBeCloseTo(time + 100, 10);
    });
  });
});

describe("what doesn't fit is an error that names it", () => {
  const M = lorenz63();
  const [x, y] = [[1, 2, 3], [[1, 2, 3]]];
  it.each([
    ["lengths of gaps", () => applyKF([1, 2], [10], M, unit, unit, unit, x, y), "gaps: expected 2 numbers of steps"],
    [
      "gaps of 4D-Var",
      () => apply4DVar([0, 1], [1, 1], M, unit, unit, unit, x, [y[0]!, y[0]!]),
      "gaps: expected 1 numbers",
    ],
    [
      "times in disorder",
      () => applyKF([1, 0.5], [1, 1], M, unit, unit, unit, x, [y[0]!, y[0]!]),
      "timeObs: expected increasing",
    ],
    ["a gap of 0", () => applyKF([1], [0], M, unit, unit, unit, x, y), "gaps: expected positive integers"],
    ["rows of y", () => applyKF([1], [1], M, unit, unit, unit, x, [y[0]!, y[0]!]), "y: expected 1 rows"],
    ["one member", () => applyEnKF([1], [1], 1, M, unit, unit, unit, x, y), "Ne: expected an integer of at least 2"],
    ["the size of P0", () => applyKF([1], [1], M, unit, [[1]], unit, x, y), "P0: expected a covariance of 3 variables"],
    ["the size of R", () => applyKF([1], [1], M, unit, unit, [[1]], x, y), "R: expected a covariance of 3 variables"],
    [
      "the matrix H",
      () => applyKF([1], [1], M, [[1, 0]], unit, [[1]], x, [[1]]),
      "H: expected a map from 3 variables to 1",
    ],
    ["a function H", () => apply3DVar((s) => s.at(0, -1), unit, unit, x, y[0]!), "H: expected rows of 3 observations"],
    [
      "M without the first state",
      () => applyKF([1], [4], (s) => s.reshape([1, 3]), unit, unit, unit, x, y),
      "M: expected states at all times, shape (5, 3)",
    ],
    [
      "a model of another size",
      () => applyKF([1], [1], M, [[1, 0]], [[1]], [[1]], [1], [[1]]),
      "M: expected a model of 1 variables",
    ],
    [
      "an optimiser that isn't here",
      () => apply3DVar(unit, unit, unit, x, y[0]!, { optimizerCls: JSON.parse('"RMSprop"') }),
      '"RMSprop", which Onda doesn\'t have',
    ],
    [
      "an argument of no optimiser",
      () => apply3DVar(unit, unit, unit, x, y[0]!, { optimizerArgs: JSON.parse('{"rate": 1}') }),
      "optimizerArgs.rate",
    ],
  ])("%s", async (_, run, message) => {
    await expect((async () => run())()).rejects.toThrow(message);
  });
});
