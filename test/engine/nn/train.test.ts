import { describe, expect, it } from "vitest";
import {
  activation,
  adam,
  adamw,
  batchNorm,
  cosine,
  dense,
  dropout,
  initialize,
  mse,
  network,
  type Objective,
  packParameters,
  plateau,
  relativeL2,
  rollout,
  type Schedule,
  sequential,
  sgd,
  stepDecay,
  type TrainCheckpoint,
  TrainingError,
  type TrainOptions,
  train,
  warmUp,
} from "../../../src/engine/nn/index.ts";
import { randomStreams } from "../../../src/engine/random/index.ts";
import { type NdArray, toNdArray } from "../../../src/engine/tensor/index.ts";
import { torch } from "./fixture.ts";

const small = network(sequential(dense(3, 4), activation("tanh"), dense(4, 2)), [3]);
const { x, y, start } = torch.steps;

describe("steps are PyTorch's, with the gradient's norm clipped", () => {
  it.each([
    ["adam", adam({ learningRate: 0.05 })],
    ["adamw", adamw({ learningRate: 0.05, decay: 0.1 })],
    ["sgd", sgd({ learningRate: 0.05, momentum: 0.9 })],
  ] as const)("%s", async (name, optimizer) => {
    const { last, history } = await train({
      network: small,
      data: [x, y],
      optimizer,
      clipNorm: 0.5,
      epochs: 20,
      parameters: packParameters(small, start),
    });
    // The whole data are one batch; its order doesn't change a mean beyond rounding.
    const { losses, end } = torch.steps[name];
    history.forEach(({ loss }, i) => {
      expect(Math.abs(loss - losses[i]!), `loss ${i}`).toBeLessThan(1e-12);
    });
    const want = packParameters(small, end);
    for (let i = 0; i < want.length; i++) expect(Math.abs(last[i]! - want[i]!), `parameter ${i}`).toBeLessThan(1e-11);
  });
});

/** Pairs of a smooth function, in batches that don't divide the samples. */
function pairs(count: number, seed: number): readonly [NdArray, NdArray] {
  const random = randomStreams(seed).stream("pairs");
  const inputs = random.normals(count * 3);
  const outputs = new Float64Array(count * 2);
  for (let i = 0; i < count; i++) {
    const [a, b, c] = inputs.subarray(3 * i);
    outputs.set([Math.sin(a!) * b!, c! - a!], 2 * i);
  }
  return [
    { data: inputs, shape: [count, 3] },
    { data: outputs, shape: [count, 2] },
  ];
}

// No bias before the normalisation: its gradient is zero but for rounding, which Adam would blow up to steps.
const noisy = network(
  sequential(dense(3, 16, { bias: false }), batchNorm(16), activation("tanh"), dropout(0.1), dense(16, 2)),
  [3],
);
const settings: TrainOptions = {
  network: noisy,
  data: pairs(70, 1),
  validation: pairs(40, 2),
  batchSize: 16,
  epochs: 6,
  optimizer: adamw({ learningRate: 0.02 }),
  schedule: warmUp(5, cosine()),
  clipNorm: 1,
  seed: 11,
};

describe("train", () => {
  it("gives the same to the bit for the same seed, something else for another", async () => {
    const [one, again, other] = [await train(settings), await train(settings), await train({ ...settings, seed: 12 })];
    expect(again).toEqual(one);
    expect(other.last).not.toEqual(one.last);
    expect(one.history.map(({ epoch }) => epoch)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(one.history[5]!.validationLoss!).toBeLessThan(one.history[0]!.validationLoss!);
    expect(one.history[5]!.learningRate).toBeLessThan(0.001);
  });

  it("goes on from a checkpoint as if it had not stopped, also in the midst of an epoch", async () => {
    const whole = await train(settings);
    const kept: TrainCheckpoint[] = [];
    const onEpoch: TrainOptions["onEpoch"] = ({ epoch }, checkpoint) => {
      kept.push(structuredClone(checkpoint()));
      return epoch < 2;
    };
    const stopped = await train({ ...settings, onEpoch });
    expect(stopped.status).toBe("stopped");
    expect(kept[2]).toEqual(stopped.checkpoint);
    for (const resume of kept) expect(await train({ ...settings, resume })).toEqual(whole);

    // 5 batches an epoch; the schedule is asked before each, the signal looked at before that.
    const controller = new AbortController();
    const schedule: Schedule = (at) => {
      if (at.step === 6) controller.abort();
      return warmUp(5, cosine())(at);
    };
    const interrupted = await train({ ...settings, schedule, signal: controller.signal });
    expect(interrupted.status).toBe("stopped");
    expect([interrupted.checkpoint.epoch, interrupted.checkpoint.batch]).toEqual([1, 2]);
    expect(await train({ ...settings, resume: interrupted.checkpoint })).toEqual(whole);
  });

  it("refuses to resume another training", async () => {
    const { checkpoint } = await train({ ...settings, epochs: 1 });
    const resumed = (more: Partial<TrainOptions>) => train({ ...settings, resume: checkpoint, ...more });
    await expect(resumed({ optimizer: sgd() })).rejects.toThrow(/expected a checkpoint of sgd, got one of adamw/);
    await expect(resumed({ seed: 1 })).rejects.toThrow(/of seed 1, got one of seed 11/);
    await expect(resumed({ network: small })).rejects.toThrow(/expected 26 numbers, got/);
  });

  it("stops early and returns the parameters of the best epoch", async () => {
    const best: Float64Array[] = [];
    const {
      status,
      history,
      best: found,
      parameters,
      last,
    } = await train({
      network: small,
      data: pairs(8, 3),
      validation: pairs(200, 4),
      optimizer: adam({ learningRate: 0.1 }),
      epochs: 500,
      earlyStop: { patience: 5 },
      onEpoch: (_, checkpoint) => {
        best.push(checkpoint().parameters);
      },
    });
    expect(status).toBe("early-stop");
    expect(history.length).toBe(found.epoch + 6);
    const losses = history.map(({ validationLoss }) => validationLoss!);
    expect(found.loss).toBe(Math.min(...losses));
    expect(parameters).toEqual(best[found.epoch]);
    expect(last).toEqual(best.at(-1));
  });

  it("moves running averages as PyTorch, by what comes in training alone", async () => {
    const net = network(sequential(batchNorm(2), dense(2, 1)), [2]);
    const inputs = [
      [1, 2],
      [3, 8],
    ];
    const { last } = await train({ network: net, data: [inputs, [[0], [0]]], epochs: 2 });
    // Means 2 and 5, unbiased variances 2 and 18; twice a tenth of the way from 0 and 1.
    const want = [0.19 * 2, 0.19 * 5, 0.81 + 0.19 * 2, 0.81 + 0.19 * 18];
    want.forEach((value, i) => {
      expect(last[4 + i]).toBeCloseTo(value, 14);
    });
  });

  it("says in which epoch and batch the loss stopped being finite", async () => {
    const run = train({ network: small, data: pairs(70, 1), optimizer: sgd({ learningRate: 1e150 }), epochs: 50 });
    await expect(run).rejects.toBeInstanceOf(TrainingError);
    await expect(run).rejects.toMatchObject({ code: "convergence/diverged", epoch: 0, batch: 2 });
    await expect(run).rejects.toThrow(/in epoch 0, batch 2: try a smaller learning rate/);
  });

  it("notices a last step that leads to parameters that are not finite", async () => {
    const run = train({ network: small, data: pairs(8, 1), schedule: () => Infinity, epochs: 1 });
    await expect(run).rejects.toThrow(/expected finite parameters after epoch 0, batch 0/);
  });

  it("gives by ONNX Runtime what generated code gives, up to rounding", async () => {
    const [js, ort] = [await train(settings), await train({ ...settings, execution: { executor: "ort" } })];
    js.last.forEach((value, i) => {
      expect(Math.abs(ort.last[i]! - value)).toBeLessThan(1e-11);
    });
  });

  it("refuses options and data that don't fit", async () => {
    const base = { network: small, data: [x, y] };
    const vector: Objective = (apply, [input]) => apply(input!);
    await expect(train({ ...base, epochs: 0 })).rejects.toThrow(/train.epochs: expected a positive integer, got 0/);
    await expect(train({ ...base, clipNorm: -1 })).rejects.toThrow(/train.clipNorm/);
    await expect(train({ ...base, data: [x, [[1, 2]]] })).rejects.toThrow(/train.data\[1\]: expected 6 rows/);
    await expect(train({ ...base, data: [x] })).rejects.toThrow(/expected two arrays, inputs and targets, got 1/);
    await expect(train({ ...base, data: [[[1, 2, Number.NaN]], [[1, 2]]] })).rejects.toThrow(/got NaN at element 2/);
    await expect(train({ ...base, parameters: new Float64Array(3) })).rejects.toThrow(/expected 26 numbers, got 3/);
    await expect(train({ ...base, objective: vector })).rejects.toThrow(/objective: expected a scalar/);
    await expect(train({ ...base, network: network(dropout(), [3]) })).rejects.toThrow(/expected parameters to train/);
    expect(() => adam({ beta1: 1 })).toThrow(/optimizer.beta1/);
    expect(() => stepDecay(0)).toThrow(/stepDecay.epochs/);
  });
});

describe("a training of many short epochs", () => {
  it("lets other tasks run, so that it can be stopped", async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 20);
    const data = [[[1, 2, 3]], [[1, 2]]];
    const { status, history } = await train({ network: small, data, epochs: 1e6, signal: stop.signal });
    expect(status).toBe("stopped");
    expect(history.length).toBeLessThan(1e6);
  }, 10_000);
});

describe("schedules", () => {
  const at = (step: number, epoch = 0, losses: number[] = []) => ({ step, steps: 100, epoch, losses });
  it("have their values", () => {
    [1, 0.6, 0.2].forEach((want, i) => {
      expect(cosine(0.2)(at(50 * i))).toBeCloseTo(want, 15);
    });
    expect([0, 9, 10, 25].map((epoch) => stepDecay(10, 0.5)(at(0, epoch)))).toEqual([1, 1, 0.5, 0.25]);
    expect([0, 4, 5, 10].map((step) => warmUp(10)(at(step)))).toEqual([0.1, 0.5, 0.6, 1]);
    expect(warmUp(20, cosine())(at(60))).toBeCloseTo(0.5, 15);
  });
  it("fall on plateaus, as torch.optim.lr_scheduler.ReduceLROnPlateau", () => {
    const rates = (losses: number[]) =>
      losses.map((_, i) => plateau({ patience: 1, factor: 0.5 })(at(0, 0, losses.slice(0, i + 1))));
    expect(rates([3, 2, 2, 2, 1, 1.5, 1, 4, 5])).toEqual([1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.125]);
    expect(plateau({ patience: 0, tolerance: 0.5 })(at(0, 0, [3, 2.8, 2.2]))).toBeCloseTo(0.1, 15);
    expect(() => plateau({ factor: 0 })).toThrow(/plateau.factor/);
    expect(() => plateau({ patience: 0.5 })).toThrow(/plateau.patience/);
  });
});

describe("weight decay", () => {
  it("leaves biases out when told to", async () => {
    const net = network(dense(1, 1), [1]);
    const run = (decayBiases: boolean) =>
      train({
        network: net,
        data: [[[0]], [[0]]],
        objective: (apply, [x]) => apply(x!).mul(0).sum(),
        optimizer: adamw({ learningRate: 0.5, decay: 0.5, decayBiases }),
        parameters: Float64Array.of(4, 8),
        epochs: 1,
      });
    expect([...(await run(true)).last]).toEqual([3, 6]);
    expect([...(await run(false)).last]).toEqual([3, 8]);
  });
});

describe("rollout", () => {
  const net = network(dense(2, 2, { bias: false }), [2]);
  const parameters = Float64Array.of(0.5, 1, -1, 0.25);
  it.each([1, 4])("is the loss of %i steps one after the other, with or without checkpoints", async (steps) => {
    const states = [[1, 2]];
    for (let i = 0; i < steps; i++) {
      const [a, b] = states.at(-1)!;
      states.push([0.5 * a! + b!, -a! + 0.25 * b!]);
    }
    const truth = states.slice(1).map((state) => state.map((value) => value + 0.1));
    const run = (checkpoint: boolean) =>
      train({
        network: net,
        data: [[[1, 2]], [truth]],
        objective: rollout(mse, { checkpoint }),
        optimizer: sgd({ learningRate: 0.01 }),
        epochs: 1,
        parameters,
      });
    const [plain, saving] = [await run(false), await run(true)];
    expect(plain.history[0]!.loss).toBeCloseTo(0.01, 14);
    expect(saving).toEqual(plain);
    // The step is along the gradient: check it by differences of the loss.
    const loss = async (at: Float64Array) =>
      (
        await train({
          network: net,
          data: [[[1, 2]], [truth]],
          objective: rollout(mse),
          epochs: 1,
          parameters: at,
        })
      ).history[0]!.loss;
    for (let i = 0; i < 4; i++) {
      const shifted = (by: number): Float64Array => parameters.map((value, j) => (i === j ? value + by : value));
      const slope = ((await loss(shifted(1e-5))) - (await loss(shifted(-1e-5)))) / 2e-5;
      expect((parameters[i]! - plain.last[i]!) / 0.01).toBeCloseTo(slope, 7);
    }
  });
  it("trains with batch normalisation and dropout inside the loop", async () => {
    const random = randomStreams(3).stream("rollout");
    const starts = toNdArray({ data: random.normals(24), shape: [8, 3] });
    const truth = toNdArray({ data: random.normals(72), shape: [8, 3, 3] });
    const both = network(sequential(batchNorm(3), dropout(0.3), dense(3, 3)), [3]);
    const { history, last } = await train({
      network: both,
      data: [starts, truth],
      objective: rollout(relativeL2),
      epochs: 2,
    });
    expect(history.every(({ loss }) => Number.isFinite(loss))).toBe(true);
    expect(last.slice(6, 9)).not.toEqual(initialize(both, 0).slice(6, 9));
  });
  it("refuses trajectories of another form", async () => {
    const run = train({ network: net, data: [[[1, 2]], [[1, 2]]], objective: rollout(mse) });
    await expect(run).rejects.toThrow(/expected trajectories \[n, steps, …\]/);
  });
});
