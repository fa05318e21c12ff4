import { describe, expect, it } from "vitest";
import { compile } from "../../../src/engine/execute/index.ts";
import { readOnnx } from "../../../src/engine/onnx/index.ts";
import { type NdArray, readNpy, writeNpy } from "../../../src/engine/tensor/index.ts";
import { checkpointFiles, fromCheckpointFiles } from "../../../src/study/train/checkpoint.ts";
import {
  resolveTraining,
  runTraining,
  type TrainingCheckpoint,
  trainOutputFiles,
} from "../../../src/study/train/index.ts";
import { array, type Json, memory, messageOf } from "../case/cases.ts";
import { run, trainingWith } from "./trainings.ts";

/** A checkpoint after a way through its files. */
async function throughFiles(checkpoint: TrainingCheckpoint): Promise<TrainingCheckpoint> {
  const { json, arrays } = checkpointFiles(checkpoint);
  const read = async (name: string): Promise<NdArray> => readNpy(writeNpy(arrays[name]!));
  return fromCheckpointFiles(JSON.parse(JSON.stringify(json)), read, "x");
}

const rotation = (angle: number): number[][] => [
  [Math.cos(angle), -Math.sin(angle)],
  [Math.sin(angle), Math.cos(angle)],
];

describe("runTraining", () => {
  it("finds the matrix of a linear model", async () => {
    const matrix = rotation(0.3);
    const { model, summary } = await run({
      data: { model: { name: "linear", matrix }, initial: { covariance: { variance: 1 } }, samples: 60, spinUp: 0 },
      network: { normalize: false, layers: [{ dense: 2, bias: false }] },
      training: {
        epochs: 400,
        batchSize: 42,
        optimizer: { name: "adam", learningRate: 0.03 },
        schedule: { name: "cosine" },
      },
    });
    const [made] = compile(readOnnx(model!).toGraph()).runSync([array([1, 2], [0.3, -1.2])]);
    const wanted = matrix.map(([a, b]) => a! * 0.3 + b! * -1.2);
    wanted.forEach((value, i) => {
      expect(Math.abs(made!.data[i]! - value)).toBeLessThan(1e-6);
    });
    expect(summary.skill?.beyondHorizon).toBe(summary.skill?.starts);
    expect(summary.skill?.lyapunovExponent).toBeUndefined();
  });

  it("learns maps from files, and says how much better they are than the mean", async () => {
    const inputs = Array.from({ length: 100 }, (_, k) => [Math.sin(k), Math.cos(3 * k)]);
    const reader = memory({
      "x.npy": array([100, 2], inputs.flat()),
      "y.npy": array(
        [100, 1],
        inputs.map(([a, b]) => 2 * a! - b! + 5),
      ),
    });
    const { summary, arrays } = await run(
      {
        data: { inputs: { file: "x.npy" }, targets: { file: "y.npy" } },
        network: { layers: [{ dense: 1 }] },
        training: {
          epochs: 300,
          batchSize: 70,
          optimizer: { name: "adam", learningRate: 0.05 },
          schedule: { name: "cosine" },
        },
      },
      { reader },
    );
    expect(summary.fit?.normalized).toBeLessThan(1e-6);
    expect(summary.data).toEqual({ train: 70, validation: 10, test: 20 });
    expect(arrays.examplePrediction?.shape).toEqual([20, 1]);
  });

  it("parts a single run in time and several run by run", async () => {
    const data = Float64Array.from({ length: 5 * 12 * 2 }, (_, i) => Math.sin(i * i));
    const reader = memory({ "one.npy": array([60, 2], data), "five.npy": array([5, 12, 2], data) });
    const network = { layers: [{ dense: 2 }] };
    const one = await run({ network, data: { trajectory: { file: "one.npy" } }, evaluation: {} }, { reader });
    expect(one.summary.data).toEqual({ train: 42, validation: 6, test: 12 });
    const evaluation = { steps: 11 };
    const five = await run({ network, data: { trajectories: { file: "five.npy" } }, evaluation }, { reader });
    expect(five.summary.data).toEqual({ train: 36, validation: 12, test: 12 });
    expect(five.summary.skill?.starts).toBe(1);
  });

  it("has a skill that is what its definition says", async () => {
    // A network that stays where it is: its error is that of persistence, at every lead time.
    const { evaluation, arrays, summary } = await run({
      network: { layers: [{ dense: 3, bias: false, initialize: "zeros" }], normalize: false },
      training: { epochs: 1, optimizer: { name: "sgd", learningRate: 1e-300 } },
      evaluation: { starts: 7, steps: 20, threshold: 0.3, lyapunovExponent: 2 },
    });
    const { rmse, persistence, validTimes, leadTimes } = evaluation.skill!;
    expect([...rmse]).toEqual([...persistence]);
    expect(leadTimes[19]).toBeCloseTo(1, 12);
    expect(validTimes).toHaveLength(7);
    for (const time of validTimes) expect(time / 0.05).toBeCloseTo(Math.round(time / 0.05), 9);
    expect(summary.skill?.validLyapunovTimes?.median).toBeCloseTo(2 * summary.skill!.validTime.median!, 12);
    const { exampleTruth: truth, examplePrediction: made } = arrays;
    for (let k = 0; k <= 20; k++) expect([...made!.data.slice(3 * k, 3 * k + 3)]).toEqual([...truth!.data.slice(0, 3)]);
  });

  it("gives the same numbers with ONNX Runtime, and nearly those in float32", async () => {
    const js = await run();
    const ort = await run({ compute: { executor: "ort" } });
    const single = await run({ compute: { dtype: "float32" } });
    const losses = ({ history }: typeof js): number[] => history.map(({ loss }) => loss);
    losses(js).forEach((loss, i) => {
      expect(losses(ort)[i]).toBeCloseTo(loss, 9);
      expect(losses(single)[i]).toBeCloseTo(loss, 4);
    });
    expect(losses(single)).not.toEqual(losses(js));
    js.evaluation.skill!.rmse.forEach((value, k) => {
      expect(ort.evaluation.skill!.rmse[k]).toBeCloseTo(value, 9);
    });
  });

  it("gives the same bytes again, from its resolved description too", async () => {
    const first = await run();
    const again = await runTraining(JSON.parse(JSON.stringify(resolveTraining(trainingWith()))));
    expect(again.model).toEqual(first.model);
    expect(again.arrays).toEqual(first.arrays);
    expect((await run({ seed: 4 })).model).not.toEqual(first.model);
  });

  it("goes on after an interruption as if there had been none, in any stage", async () => {
    const changes = {
      network: { layers: [{ dense: 8, activation: "tanh" }, { dropout: 0.1 }, { dense: 3 }] },
      training: [
        { epochs: 3, batchSize: 50, optimizer: { name: "adam" } },
        { epochs: 3, batchSize: 50, rollout: 3, saveMemory: true, schedule: { name: "plateau", patience: 1 } },
      ],
    };
    const whole = await run(changes);
    for (const last of [1, 4]) {
      const stop = new AbortController();
      const stopped = await run(changes, {
        signal: stop.signal,
        onProgress: ({ epoch }) => {
          if (epoch === last) stop.abort();
        },
      });
      expect([stopped.status, stopped.summary.epochs, stopped.summary.reason]).toEqual([
        "stopped",
        last,
        `stopped after ${last} epochs`,
      ]);
      expect(stopped.model).toBeDefined();
      const resumed = await run(changes, { resume: await throughFiles(stopped.checkpoint!) });
      expect(resumed.model).toEqual(whole.model);
      expect(resumed.arrays).toEqual(whole.arrays);
      expect(resumed.summary.stages).toEqual(whole.summary.stages);
    }
  });

  it("is stopped before the first epoch's end too", async () => {
    const signal = AbortSignal.timeout(0);
    await new Promise((done) => setTimeout(done, 5));
    const error = await messageOf(() => run({}, { signal }));
    expect(error).toContain("aborted");
  });

  it("says when it diverges, with what it learned until then", async () => {
    const { status, summary, model, arrays } = await run({
      training: { epochs: 200, optimizer: { name: "sgd", learningRate: 1e200 } },
    });
    expect([status, summary.status, model]).toEqual(["failed", "failed", undefined]);
    expect(summary.reason).toMatch(/expected .*finite/);
    expect(arrays.history?.shape[1]).toBe(6);
  });

  it("rounds the weights of a float32 network before it measures it", async () => {
    const { model } = await run({ outputs: { weights: "float32", batch: 4, report: false } });
    const { inputs } = readOnnx(model!);
    expect(inputs[0]).toMatchObject({ type: "float", shape: [4, 3] });
  });

  it("writes the files of a result", async () => {
    const files = await trainOutputFiles(await run({ outputs: { report: true } }));
    expect([...files.keys()].sort()).toEqual([
      "arrays/examplePrediction.npy",
      "arrays/exampleTruth.npy",
      "arrays/history.npy",
      "arrays/skill.npy",
      "arrays/validTimes.npy",
      "model.onnx",
      "report.html",
      "summary.json",
      "train.yaml",
    ]);
    const report = String(files.get("report.html"));
    for (const part of ["Skill on unseen states", "A rollout", "Loss"]) expect(report).toContain(`<h3>${part}</h3>`);
    expect(report).not.toMatch(/NaN|undefined|<script|https?:\/\//);
  });

  const nan = array([4, 2], [1, 2, 3, 4, 5, Number.NaN, 7, 8]);
  const states = array(
    [20, 3],
    Array.from({ length: 60 }, (_, i) => Math.sin(i)),
  );
  const files = memory({ "nan.npy": nan, "x.npy": states, "y.npy": array([5, 1], [1, 2, 3, 4, 5]) });
  const fromFile = { trajectory: { file: "x.npy" } };
  it.each<[Json, string]>([
    [
      { data: { trajectory: { file: "nan.npy" } } },
      'data.trajectory: expected finite numbers in "nan.npy", got NaN at (2, 1)',
    ],
    [
      { data: { inputs: { file: "x.npy" }, targets: { file: "y.npy" } } },
      "data.targets: expected 20 rows, as inputs has, got shape (5, 1)",
    ],
    [
      { data: { trajectories: { file: "x.npy" } } },
      'data.trajectories: expected "x.npy" to have at least 3 axes, (runs, times, …state), got shape (20, 3)',
    ],
    [{ data: { ...fromFile, test: 19 } }, "data.validation: expected at least 2 states to learn from, got 20 in all"],
    [
      { data: { model: { name: "lorenz63" }, samples: 9, initial: { mean: [1] } } },
      "data.initial.mean: expected 3 numbers",
    ],
    [
      { network: { layers: [{ dense: 4 }] } },
      "network.layers: expected the last layer to give shape (3), as a state has, got (4): put { dense: 3 } at the end",
    ],
    [
      { network: { layers: [{ conv: 4 }] } },
      "network.layers[0]: expected channels and one or two axes, [channels, x] or [channels, y, x], got shape (3): put a reshape before it",
    ],
    [
      { network: { layers: [{ residual: [{ dense: 4 }] }] } },
      "network.layers[0].residual: expected layers that keep the shape (3), as their result is added to it, got (4)",
    ],
    [
      { network: { layers: [{ reshape: [2, 2] }] } },
      "network.layers[0].reshape: expected a shape of 3 elements, as (3) has",
    ],
    [
      { data: fromFile, training: { rollout: 14 }, evaluation: {} },
      "training[0].rollout: expected at most 13 steps, as the training part has 14 states in a row, got 14",
    ],
    [
      { data: fromFile, evaluation: { steps: 4 } },
      "evaluation.steps: expected at most 3, as the test part has 4 states in a row, got 4",
    ],
    [{ data: { model: { name: "lorenz63", dt: 1 }, samples: 50 } }, 'data.model: model "lorenz63" blew up before time'],
    [{ data: { trajectory: { file: "none.npy" } } }, "no none.npy"],
  ])("refuses %j", async (changes, message) => {
    expect(await messageOf(() => run(changes, { reader: files }))).toContain(message);
  });

  it("needs a reader for files", async () => {
    expect(await messageOf(() => run({ data: fromFile }))).toContain('data.trajectory: "x.npy" can\'t be read');
  });
});
