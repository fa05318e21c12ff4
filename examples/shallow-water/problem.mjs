// Truths, backgrounds, members, observations and error covariances of the experiments.
import { readFileSync } from "node:fs";
import {
  composedOperator,
  diagonalCovariance,
  indicesOperator,
  latentModel,
  lowRankCovariance,
  networkOperator,
  randomStreams,
} from "onda-da";
import { readOnnx } from "onda-da/onnx";
import { columns, displaced, firstFrame, frames, h, points, side, stateAfter, statesFrom, u } from "./setup.mjs";

const network = (file) => readOnnx(readFileSync(new URL(file, import.meta.url)));

/** u in 32 numbers; a step is a frame. */
export const model = latentModel({
  encoder: network("encoder-u.onnx"),
  decoder: network("decoder-u.onnx"),
  dynamics: network("dynamics.onnx"),
  dt: 0.01,
});
export const { encode, decode } = model.latent;
const fromU = networkOperator(network("observe.onnx"), [1, side, side]);
export const encodeH = networkOperator(network("encoder-h.onnx"), [1, side, side]);

export const members = 40;
/** Frames after the start at which there are observations; the last one of 4D-Var's pair as well. */
export const leads = [10, 20, 30];
export const pair = [20, 22];

/** Standard deviation of the noise: a quarter of that of h. */
export const noise = 0.002;
/** Every fourth point in both directions. */
const sparse = Array.from({ length: points }, (_, i) => i).filter((i) => i % 4 === 1 && Math.floor(i / side) % 4 === 1);
const everywhere = Array.from({ length: points }, (_, i) => i);

/** What is observed: all of h or every 16th point of it, with noise or without, as it is or encoded. */
export const kinds = {
  perfect: { std: 0, places: everywhere, encoded: false, title: "h, perfect" },
  noisy: { std: noise, places: everywhere, encoded: false, title: "h, noise" },
  sparse: { std: noise, places: sparse, encoded: false, title: "h at 256 points, noise" },
  latentPerfect: { std: 0, places: everywhere, encoded: true, title: "latent h, perfect" },
  latentNoisy: { std: noise, places: everywhere, encoded: true, title: "latent h, noise" },
};

/** H from latent u. */
const throughDecoder = composedOperator(fromU, decode);
const encodedH = composedOperator(encodeH, throughDecoder);
export function latentOperator({ places, encoded }) {
  if (encoded) return encodedH;
  return places.length === points ? throughDecoder : composedOperator(indicesOperator(points, places), throughDecoder);
}
/** The same from [u, v, h]. */
export const fullOperator = ({ places }) =>
  indicesOperator(
    3 * points,
    places.map((i) => 2 * points + i),
  );

/** A test: a truth, a background from a displaced column, and members from columns displaced from the background's. */
export async function experiment(number) {
  const { column: truthColumn, other, stream } = columns("test", 10)[number];
  const truth = await statesFrom(await stateAfter(truthColumn, firstFrame), frames);
  const background = await statesFrom(await stateAfter(other, firstFrame), frames);
  const starts = [];
  for (let i = 0; i < members; i++) starts.push(await stateAfter(displaced(other, stream), firstFrame));
  const streams = randomStreams(number);
  const observe = (kind, lead) => {
    const draw = streams.stream("noise", lead);
    const field = Float64Array.from(h(truth[lead]), (value) => value + kind.std * draw.normal());
    return kind.encoded ? encodeH.apply(field, 0) : Float64Array.from(kind.places, (i) => field[i]);
  };
  return { number, truth, background, starts, observe };
}

export const rows = (list) => {
  const n = list[0].length;
  return {
    data: Float64Array.from({ length: list.length * n }, (_, i) => list[Math.floor(i / n)][i % n]),
    shape: [list.length, n],
  };
};
export const row = ({ data, shape }, i) => data.slice(i * shape[1], (i + 1) * shape[1]);

/** Covariance of differences about zero, of rank up to their number, and some independent variance. */
const fromDifferences = (differences, variance) => {
  const { data, shape } = rows(differences);
  return lowRankCovariance({ factors: { data: data.map((value) => value / Math.sqrt(shape[0])), shape }, variance });
};

/**
 * What networks do wrong on runs of their own: h minus what H makes of the encoded u, at the same time and after forecasts by the
 * dynamics network from `lead` frames before. It is a part of R.
 */
export async function networkErrors(runs) {
  const samples = { now: [], pair: [], interval: [] };
  for (const { column } of columns("errors", runs)) {
    const states = await statesFrom(await stateAfter(column, firstFrame), frames);
    const codes = states.map((state) => encode.apply(u(state), 0));
    const after = (from, lead) => {
      const z = lead === 0 ? codes[from] : model.advance(lead).apply(codes[from], 0);
      return { h: h(states[from + lead]), made: throughDecoder.apply(z, 0) };
    };
    for (const lead of leads) samples.now.push(after(lead, 0));
    for (const lead of pair) samples.pair.push(after(0, lead));
    for (const from of [0, 10, 20]) samples.interval.push(after(from, 10));
  }
  const stream = randomStreams(99).stream("noise");
  const codes = new Map();
  /** R of a kind of observation: noise and what networks do wrong. */
  return (which, { std, places, encoded }) => {
    const key = `${which} ${std} ${places.length} ${encoded}`;
    if (!codes.has(key)) {
      const differences = samples[which].map(({ h: truth, made }) => {
        if (!encoded) return Float64Array.from(places, (i) => truth[i] - made[i]);
        const seen = encodeH.apply(
          Float64Array.from(truth, (value) => value + std * stream.normal()),
          0,
        );
        const expected = encodeH.apply(made, 0);
        return seen.map((value, i) => value - expected[i]);
      });
      const mean = differences.flatMap((d) => Array.from(d)).reduce((s, v, _, all) => s + (v * v) / all.length, 0);
      codes.set(key, fromDifferences(differences, encoded ? 0.1 * mean : std ** 2 + 0.1 * mean));
    }
    return codes.get(key);
  };
}

export const fullErrors = ({ std, places }) =>
  diagonalCovariance(Float64Array.from(places, () => Math.max(std, 1e-4) ** 2));

/** Covariance of members about their mean, with a thousandth of its variance added everywhere. */
export function memberCovariance(list) {
  const n = list[0].length;
  const mean = new Float64Array(n);
  for (const each of list) for (let i = 0; i < n; i++) mean[i] += each[i] / list.length;
  const anomalies = list.map((each) =>
    each.map((value, i) => (value - mean[i]) * Math.sqrt(list.length / (list.length - 1))),
  );
  const variance = anomalies.reduce((sum, a) => sum + a.reduce((s, v) => s + v * v, 0), 0) / (list.length * n);
  return fromDifferences(anomalies, 1e-3 * variance);
}
