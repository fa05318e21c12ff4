// Makes surrogate.onnx: an LSTM that gives the next ten states of Lorenz 63 (rho = 35, steps of 0.05) from one.
import { writeFileSync } from "node:fs";
import { concat, lorenz63, randomStreams } from "onda-da";
import {
  adam,
  cosine,
  dense,
  exportNetwork,
  fitNormalization,
  lstm,
  mse,
  network,
  supervised,
  train,
} from "onda-da/nn";
import { writeOnnx } from "onda-da/onnx";

const [length, hidden, dt] = [10, 32, 0.05];
const model = lorenz63({ rho: 35, dt });
const runs = 40;
const kept = 500;

const begin = performance.now();
const say = (text) => console.log(`${((performance.now() - begin) / 1000).toFixed(0).padStart(4)} s  ${text}`);

/** Runs from starts of their own, after 1000 steps on the way to the attractor. */
const paths = [];
for (let r = 0; r < runs; r++) {
  const stream = randomStreams(1).stream("start", r);
  const start = await model
    .advance(1000)
    .apply(Float64Array.of(stream.normal(), stream.normal(), 30 + stream.normal()), 0);
  paths.push(await model.trajectory(kept + length).apply(start, 0));
}
/** Starts [n, 3] and the states after them [n, length, 3]. */
function samples(from, to) {
  const count = (to - from) * kept;
  const [x, y] = [new Float64Array(count * 3), new Float64Array(count * 3 * length)];
  for (let r = from, s = 0; r < to; r++)
    for (let k = 0; k < kept; k++, s++) {
      x.set(paths[r].subarray(3 * k, 3 * k + 3), 3 * s);
      y.set(paths[r].subarray(3 * (k + 1), 3 * (k + 1 + length)), 3 * length * s);
    }
  return [
    { data: x, shape: [count, 3] },
    { data: y, shape: [count, length, 3] },
  ];
}
const data = samples(0, runs - 4);
const validation = samples(runs - 4, runs);

const normalization = fitNormalization(data[0]);
const { mean, scale } = normalization;
const unit = ({ data: values, shape }) => ({
  data: values.map((value, i) => (value - mean.data[i % 3]) / scale.data[i % 3]),
  shape,
});

/**
 * h_0 and c_0 are linear in the state, as in the paper. Unlike the paper's, each step of the loop is given the state that it has
 * reached, and h makes the increment to the next: so what is learned is one flow, the same at all steps.
 */
const cell = lstmCell(3, hidden);
const [begins, ends] = [dense(3, 2 * hidden), dense(hidden, 3)];
const layer = {
  name: "lstm surrogate",
  parameters: [
    ...cell.parameters,
    ...begins.parameters.map((spec) => ({ ...spec, name: `start.${spec.name}` })),
    ...ends.parameters.map((spec) => ({ ...spec, name: `increment.${spec.name}` })),
  ],
  apply(parameters, x, context) {
    const n = cell.parameters.length;
    const first = begins.apply(parameters.slice(n, n + 2), x, context);
    let [h, c] = [first.slice([0, 0], [undefined, hidden]).tanh(), first.slice([0, hidden])];
    const states = [];
    for (let k = 0, state = x; k < length; k++) {
      [h, c] = cell.step(parameters.slice(0, n), state, h, c);
      state = state.add(ends.apply(parameters.slice(n + 2), h, context));
      states.push(state.reshape([x.shape[0], 1, 3]));
    }
    return concat(states, 1);
  },
};

/** A step of an LSTM with the parameters of the library's layer: gates in the order i, f, g, o. */
function lstmCell(inputs, size) {
  const { parameters } = lstm(inputs, size);
  return {
    parameters,
    step([weightInput, weightHidden, biasInput, biasHidden], x, h, c) {
      const gates = x
        .matmul(weightInput.transpose())
        .add(biasInput)
        .add(h.matmul(weightHidden.transpose()).add(biasHidden));
      const gate = (index) => gates.slice([0, index * size], [undefined, (index + 1) * size]);
      const next = gate(1)
        .sigmoid()
        .mul(c)
        .add(gate(0).sigmoid().mul(gate(2).tanh()));
      return [gate(3).sigmoid().mul(next.tanh()), next];
    },
  };
}

const net = network(layer, [3]);
say(`${data[0].shape[0]} samples, ${net.size} parameters`);
const { parameters, best } = await train({
  network: net,
  data: data.map(unit),
  validation: validation.map(unit),
  objective: supervised(mse),
  epochs: 150,
  batchSize: 128,
  optimizer: adam({ learningRate: 1e-2 }),
  schedule: cosine(),
  clipNorm: 1,
  execution: { executor: "ort", dtype: "float32" },
  onEpoch({ epoch, loss, validationLoss }) {
    if ((epoch + 1) % 25 === 0) say(`${epoch + 1}: ${loss.toExponential(2)} ${validationLoss.toExponential(2)}`);
  },
});
say(`smallest loss of the validation runs, in squared deviations: ${best.loss.toExponential(2)}`);

// In physical units.
const physical = {
  ...layer,
  apply: (weights, x, context) =>
    layer
      .apply(weights, x.sub([...mean.data]).div([...scale.data]), context)
      .mul([...scale.data])
      .add([...mean.data]),
};
const bytes = writeOnnx(exportNetwork(network(physical, [3]), parameters.map(Math.fround)), { dtype: "float32" });
writeFileSync(new URL("surrogate.onnx", import.meta.url), bytes);
say(`surrogate.onnx: ${(bytes.length / 1000).toFixed(0)} kB`);
