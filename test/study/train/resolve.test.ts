import { describe, expect, it } from "vitest";
import { resolveTraining } from "../../../src/study/train/index.ts";
import { type Json, messageOf } from "../case/cases.ts";
import { trainingWith } from "./trainings.ts";

const layers = (...list: unknown[]): Json => ({ network: { layers: list } });

describe("resolveTraining", () => {
  it("fills in every default, and resolves what it gave to itself", () => {
    const resolved = resolveTraining({
      data: { model: { name: "lorenz63" }, samples: 100 },
      network: { layers: [{ dense: 3 }] },
    });
    expect(resolved).toEqual({
      title: "Untitled training",
      seed: 0,
      data: {
        model: { name: "lorenz63", sigma: 10, rho: 28, beta: 8 / 3, dt: 0.01, scheme: "rk4" },
        initial: { mean: 0, covariance: { variance: 1 } },
        trajectories: 1,
        samples: 100,
        every: 1,
        spinUp: 1000,
        validation: 0.1,
        test: 0.2,
      },
      network: { predicts: "increment", normalize: true, layers: [{ dense: 3, bias: true, initialize: "pytorch" }] },
      training: [
        {
          epochs: 100,
          batchSize: 32,
          rollout: 1,
          saveMemory: false,
          loss: { name: "mse" },
          optimizer: {
            name: "adamw",
            learningRate: 1e-3,
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-8,
            decay: 0.01,
            decayBiases: true,
          },
          schedule: { name: "constant", warmUp: 0 },
        },
      ],
      evaluation: { starts: 200, threshold: 0.4 },
      compute: { executor: "auto", dtype: "float64", threads: 1 },
      outputs: { weights: "float64", batch: 1, report: true },
    });
    expect(resolveTraining(JSON.parse(JSON.stringify(resolved)))).toEqual(resolved);
  });

  it.each<[Json, string]>([
    [{ dta: {} }, "dta: unknown key; did you mean data?"],
    [{ data: undefined }, "data: missing; expected a mapping with model, trajectory, trajectories or inputs"],
    [{ data: 3 }, "data: expected a mapping with model, trajectory, trajectories or inputs, got 3"],
    [
      { data: { trajectry: { file: "x.npy" } } },
      "data: expected a mapping with model, trajectory, trajectories or inputs, got a mapping with trajectry; did you mean trajectory?",
    ],
    [
      { data: { trajectory: { file: "x.npy" }, inputs: { file: "y.npy" } } },
      "data: expected only one of model, trajectory, trajectories, inputs, got trajectory and inputs",
    ],
    [{ data: { model: { name: "lorenz36" }, samples: 9 } }, 'got "lorenz36"; did you mean lorenz63?'],
    [{ data: { model: { name: "lorenz63" } } }, "data.samples: missing; expected an integer of at least 2"],
    [
      { data: { trajectory: { file: "x.npy" }, validation: 1.5 } },
      "data.validation: expected a share from 0 to 1, or a number of samples, got 1.5",
    ],
    [{ network: {} }, "network.layers: missing; expected a list of layers such as { dense: 64, activation: tanh }"],
    [
      layers({ dence: 3 }),
      "network.layers[0]: expected a layer such as { dense: 64 }, got a mapping with dence; did you mean dense?",
    ],
    [layers({ dense: 3 }, 5), "network.layers[1]: expected a layer such as { dense: 64, activation: tanh }, got 5"],
    [layers({ dense: 3, activaton: "tanh" }), "network.layers[0].activaton: unknown key; did you mean activation?"],
    [layers({ dense: 3, activation: "tan" }), 'got the text "tan"; did you mean tanh?'],
    [layers({ dense: 3, conv: 3 }), "network.layers[0]: expected one layer, got dense and conv in one"],
    [
      layers({ residual: [{ dense: 3 }, { dropout: 1 }] }),
      "network.layers[0].residual[1].dropout: expected a rate from 0 to 1, 1 excluded, got 1",
    ],
    [
      { network: { layers: [{ dense: 3 }], predicts: "output" } },
      "network.predicts: expected increment or state, as data are states that follow one another, got output",
    ],
    [
      {
        data: { inputs: { file: "x.npy" }, targets: { file: "y.npy" } },
        network: { layers: [{ dense: 3 }], predicts: "state" },
      },
      "network.predicts: expected output, as data has inputs and targets, got state",
    ],
    [{ training: { epoch: 3 } }, "training.epoch: unknown key; did you mean epochs?"],
    [{ training: [{}, { epochs: 0 }] }, "training[1].epochs: expected a positive integer, got 0"],
    [{ training: [] }, "training: expected at least one stage, got an empty list"],
    [{ training: 3 }, "training: expected a stage such as { epochs: 60, batchSize: 64 }, or a list of stages, got 3"],
    [{ training: { optimizer: { name: "adma" } } }, 'expected one of adamw, adam, sgd, got "adma"; did you mean adam?'],
    [{ training: { loss: "mes" } }, "training.loss: expected one of mse, mae, relative-l2, huber"],
    [{ training: { schedule: { name: "step" } } }, "training.schedule.epochs: missing; expected a positive integer"],
    [{ compute: { executor: "gpu" } }, 'compute.executor: expected one of auto, js, ort, got the text "gpu"'],
  ])("%j: %s", async (changes, message) => {
    expect(await messageOf(() => resolveTraining(trainingWith(changes)))).toContain(message);
  });

  it("refuses what is no mapping", async () => {
    expect(await messageOf(() => resolveTraining([1]))).toBe(
      "training: expected a mapping with data, network and training, got a list of 1",
    );
  });
});
