// Makes the weights of this example: node train.mjs [autoencoders] [observe] [dynamics] (all of them when none is named).
import { readFileSync, writeFileSync } from "node:fs";
import { compile } from "onda-da";
import {
  activation,
  adam,
  conv2d,
  convTranspose,
  cosine,
  dense,
  exportNetwork,
  fitNormalization,
  mse,
  namedParameters,
  network,
  normalized,
  packParameters,
  reshaped,
  residual,
  rollout,
  sequential,
  train,
} from "onda-da/nn";
import { readOnnx, writeOnnx } from "onda-da/onnx";
import { principalComponents } from "./components.mjs";
import { columns, firstFrame, frames, h, latent, points, side, stateAfter, statesFrom, u } from "./setup.mjs";

const parts = new Set(process.argv.slice(2));
const wants = (part) => parts.size === 0 || parts.has(part);
const begin = performance.now();
const say = (text) => console.log(`${((performance.now() - begin) / 1000).toFixed(0).padStart(5)} s  ${text}`);
const execution = { executor: "ort", dtype: "float32" };
const here = (file) => new URL(file, import.meta.url);

/** Principal components between a field and the nonlinear part of its autoencoder. */
const modes = 54;
/** Pairs of training runs; the last tenth is for validation. */
const pairs = 150;

const runs = [];
for (const { column, other } of columns("training", pairs))
  for (const each of [column, other]) {
    const states = await statesFrom(await stateAfter(each, firstFrame), frames);
    runs.push({ u: states.map((state) => Float32Array.from(u(state))), h: states.map((s) => Float32Array.from(h(s))) });
  }
const learned = runs.length * 0.9;
say(`${runs.length} runs of ${frames} frames`);

const save = (file, net, parameters) => {
  const bytes = writeOnnx(exportNetwork(net, parameters.map(Math.fround)), { dtype: "float32" });
  writeFileSync(here(file), bytes);
  say(`${file}: ${(bytes.length / 1000).toFixed(0)} kB, ${parameters.length} parameters`);
};
const load = (file) => readOnnx(readFileSync(here(file)));
const progress = (name, every) => (epoch) => {
  if ((epoch.epoch + 1) % every === 0)
    say(`${name} ${epoch.epoch + 1}: ${epoch.loss.toExponential(2)} ${epoch.validationLoss.toExponential(2)}`);
};
/** Rows `from` to `to` of an array. */
const rows = ({ data, shape }, from, to) => {
  const size = data.length / shape[0];
  return { data: data.slice(from * size, to * size), shape: [to - from, ...shape.slice(1)] };
};
const identity = ([out, inputs]) =>
  Float64Array.from({ length: out * inputs }, (_, i) => (Math.floor(i / inputs) === i % inputs ? 1 : 0));
const nothing = (shape) => new Float64Array(shape.reduce((a, b) => a * b, 1));
const correction = (n, width) =>
  residual(dense(n, width), activation("silu"), dense(width, n, { initialize: nothing }));

/** A field to `latent` numbers and back: principal components, and small networks that put the curved rest into fewer numbers. */
async function autoencoder(name) {
  const fields = new Float32Array(runs.length * frames * points);
  for (const [r, run] of runs.entries())
    for (const [k, field] of run[name].entries()) fields.set(field, (r * frames + k) * points);
  const { mean, directions, coefficients } = await principalComponents(fields, points, modes);
  const scale = Math.sqrt(coefficients.reduce((sum, c) => sum + c * c, 0) / coefficients.length);
  const all = { data: coefficients.map((c) => c / scale), shape: [runs.length * frames, modes] };
  say(`${name}: principal components`);
  const inner = [
    sequential(correction(modes, 160), dense(modes, latent, { initialize: identity })),
    sequential(dense(latent, modes, { initialize: identity }), correction(modes, 160)),
  ];
  const both = network(sequential(...inner), [modes]);
  const cut = learned * frames;
  const [data, held] = [rows(all, 0, cut), rows(all, cut, all.shape[0])];
  const { parameters } = await train({
    network: both,
    data: [data, data],
    validation: [held, held],
    epochs: 150,
    batchSize: 64,
    optimizer: adam({ learningRate: 1e-3 }),
    schedule: cosine(),
    execution,
    onEpoch: progress(`${name} autoencoder`, 50),
  });
  const named = namedParameters(both, parameters);
  const of = (part) =>
    Object.fromEntries(
      Object.entries(named)
        .filter(([key]) => key.startsWith(`${part}.`))
        .map(([key, value]) => [key.replace(`${part}.`, "2."), value]),
    );
  const encoder = network(sequential(reshaped(), dense(points, modes), inner[0]), [1, side, side]);
  const offset = new Float64Array(modes);
  for (let j = 0; j < modes; j++)
    for (let i = 0; i < points; i++) offset[j] -= (directions[j * points + i] * mean[i]) / scale;
  const matrix = { data: directions.map((value) => value / scale), shape: [modes, points] };
  save(
    `encoder-${name}.onnx`,
    encoder,
    packParameters(encoder, { "1.weight": matrix, "1.bias": { data: offset, shape: [modes] }, ...of(0) }),
  );
  const decoder = network(sequential(inner[1], dense(modes, points), reshaped([1, side, side])), [latent]);
  const back = Float64Array.from(
    { length: points * modes },
    (_, at) => directions[(at % modes) * points + Math.floor(at / modes)] * scale,
  );
  const own = Object.fromEntries(Object.entries(of(1)).map(([key, value]) => [key.replace("2.", "0."), value]));
  save(
    `decoder-${name}.onnx`,
    decoder,
    packParameters(decoder, {
      ...own,
      "1.weight": { data: back, shape: [points, modes] },
      "1.bias": { data: mean, shape: [points] },
    }),
  );
}

/** What a network makes of a list of fields or latent vectors, row by row. */
async function apply(file, inputs) {
  const run = compile(load(file).toGraph(), { executor: "js" });
  const shape = run.graph?.inputs[0]?.shape;
  const outputs = [];
  for (const data of inputs) {
    const given = shape ?? (data.length === points ? [1, 1, side, side] : [1, latent]);
    outputs.push((await run.run([{ data: Float64Array.from(data), shape: given }]))[0].data);
  }
  return outputs;
}

/** Surface h from velocity u: where u is zero h can't be told from nearby, so the blocks look far, by dilated windows on a coarse grid. */
async function observe() {
  const channels = 16;
  const block = (dilations) =>
    residual(
      conv2d(channels, channels, { paddingMode: "circular" }),
      activation("silu"),
      conv2d(channels, channels, { paddingMode: "circular", dilations }),
    );
  const layers = sequential(
    conv2d(1, channels, { kernel: 4, strides: 4, padding: 0 }),
    block(1),
    activation("silu"),
    block(2),
    activation("silu"),
    block(4),
    activation("silu"),
    block(2),
    convTranspose(channels, 1, { kernel: 4, strides: 4 }),
  );
  // Every second frame is enough.
  const every = runs.flatMap((run, r) =>
    run.u.map((field, k) => ({ u: field, h: run.h[k], k, held: r >= learned })).filter(({ k }) => k % 2 === r % 2),
  );
  // Half of the inputs as the autoencoder gives them, as they will be in assimilation.
  const seen = await apply(
    "decoder-u.onnx",
    await apply(
      "encoder-u.onnx",
      every.map((pair) => pair.u),
    ),
  );
  const pack = (list) => ({
    data: Float64Array.from({ length: list.length * points }, (_, at) => list[Math.floor(at / points)][at % points]),
    shape: [list.length, 1, side, side],
  });
  const inputs = every.map((pair, i) => (i % 2 === 0 ? pair.u : seen[i]));
  const pick = (list, held) => pack(list.filter((_, i) => every[i].held === held));
  const data = [
    pick(inputs, false),
    pick(
      every.map((pair) => pair.h),
      false,
    ),
  ];
  const validation = [
    pick(inputs, true),
    pick(
      every.map((pair) => pair.h),
      true,
    ),
  ];
  const [input, output] = data.map((array) => fitNormalization(array, { variableAxis: 0 }));
  // Learned in units of the deviations, used in physical ones.
  const standard = (array, { mean, scale }) => ({
    ...array,
    data: array.data.map((value) => (value - mean.data[0]) / scale.data[0]),
  });
  const { parameters } = await train({
    network: network(layers, [1, side, side]),
    data: [standard(data[0], input), standard(data[1], output)],
    validation: [standard(validation[0], input), standard(validation[1], output)],
    epochs: 10,
    batchSize: 32,
    optimizer: adam({ learningRate: 3e-3 }),
    schedule: cosine(),
    execution,
    onEpoch: progress("u to h", 1),
  });
  save("observe.onnx", network(normalized(layers, { input, output }), [1, side, side]), parameters);
}

/** The next frame's latent vector: first single steps, then rollouts. */
async function dynamics() {
  const encoded = [];
  for (const run of runs) encoded.push(await apply("encoder-u.onnx", run.u));
  const trajectories = (from, to, steps) => {
    const [starts, paths] = [[], []];
    for (let r = from; r < to; r++)
      for (let k = 0; k + steps < frames; k++) {
        starts.push(encoded[r][k]);
        paths.push(...encoded[r].slice(k + 1, k + 1 + steps));
      }
    const flat = (list) =>
      Float64Array.from({ length: list.length * latent }, (_, i) => list[Math.floor(i / latent)][i % latent]);
    return [
      { data: flat(starts), shape: [starts.length, latent] },
      { data: flat(paths), shape: [starts.length, steps, latent] },
    ];
  };
  const [from, to] = trajectories(0, learned, 1);
  const input = fitNormalization(from);
  const output = fitNormalization({ data: to.data.map((value, i) => value - from.data[i]), shape: from.shape });
  const width = 160;
  const layers = sequential(
    dense(latent, width),
    activation("silu"),
    residual(dense(width, width), activation("silu"), dense(width, width)),
    activation("silu"),
    dense(width, latent),
  );
  const net = network(normalized(layers, { input, output, predicts: "increment" }), [latent]);
  let parameters;
  for (const [steps, epochs, learningRate] of [
    [1, 60, 2e-3],
    [5, 30, 1e-3],
    [15, 30, 5e-4],
  ]) {
    const result = await train({
      network: net,
      data: trajectories(0, learned, steps),
      validation: trajectories(learned, runs.length, steps),
      objective: rollout(mse),
      epochs,
      batchSize: 64,
      optimizer: adam({ learningRate }),
      schedule: cosine(),
      execution,
      ...(parameters && { parameters }),
      onEpoch: progress(`dynamics, ${steps} steps`, 10),
    });
    parameters = result.parameters;
  }
  save("dynamics.onnx", net, parameters);
}

if (wants("autoencoders")) for (const name of ["u", "h"]) await autoencoder(name);
if (wants("dynamics")) await dynamics();
if (wants("observe")) await observe();
