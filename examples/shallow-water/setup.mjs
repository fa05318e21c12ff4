// What all scripts of this example share: the equations, the columns of water that start a run, fields and scores.
import { randomStreams, shallowWater } from "onda-da";

/** Points along each axis. */
export const side = 64;
export const points = side * side;
/** Numbers that an autoencoder makes of a field. */
export const latent = 32;

/** A frame is so many steps of the equations: waves of speed 1 move by one grid point. */
export const stepsPerFrame = 100;
/** Runs are used from this frame (t = 0.18, as in the paper) to the last one. */
export const firstFrame = 18;
export const frames = 35;

/** Simplified equations with g = 1, b = 2, dx = 0.01, dt = 1e-4, by forward Euler. */
export const waves = shallowWater({
  grid: [side, side],
  spacing: 0.01,
  dt: 1e-4,
  gravity: 1,
  drag: 2,
  equations: "simplified",
  scheme: "euler",
}).withCompute({ executor: "wasm" });
export const frame = waves.advance(stepsPerFrame);

/** A column of 0.1 on calm water of depth 1: anywhere within 4 points of the middle, of a radius from 6 to 9. */
export function drawColumn(stream) {
  const between = (low, high) => low + (high - low) * stream.uniform();
  return { y: between(27.5, 35.5), x: between(27.5, 35.5), radius: between(6, 9) };
}

/** How far the background's column lies from the true one: standard deviations in points. */
export const displacement = { center: 1.5, radius: 0.5 };

export function displaced({ y, x, radius }, stream) {
  const { center, radius: wider } = displacement;
  return {
    y: y + center * stream.normal(),
    x: x + center * stream.normal(),
    radius: Math.min(Math.max(radius + wider * stream.normal(), 4), 11),
  };
}

/**
 * Width of a column's edge in points. One that falls at once, as in the paper, fills the field with ripples of the grid's scale, which
 * centred differences send behind every wave: 32 numbers can't hold them (32 principal components leave 42 % of the deviation).
 */
export const edge = 1.5;

/** The state [3, 64, 64] (u, v, h) after so many frames. */
export async function stateAfter({ y, x, radius }, count) {
  let state = new Float64Array(3 * points);
  for (let j = 0; j < side; j++)
    for (let i = 0; i < side; i++)
      state[2 * points + j * side + i] = 1 + 0.1 / (1 + Math.exp((Math.hypot(j - y, i - x) - radius) / edge));
  for (let k = 0; k < count; k++) state = await frame.apply(state, 0);
  return state;
}

/** States at `count` frames, the given state first. */
export async function statesFrom(state, count) {
  const states = [state];
  while (states.length < count) states.push(await frame.apply(states.at(-1), 0));
  return states;
}

export const u = (state) => state.subarray(0, points);
export const h = (state) => state.subarray(2 * points);

/** Columns of training runs (pairs: a column and one displaced from it) and of the ten held back for tests. */
export function columns(purpose, count) {
  const streams = randomStreams(2025);
  return Array.from({ length: count }, (_, i) => {
    const stream = streams.stream(purpose, i);
    const column = drawColumn(stream);
    return { column, other: displaced(column, stream), stream };
  });
}

/** Smallest and largest u of the training runs, rounded: scores are of fields scaled to [0, 1] with them, as in the paper. */
export const range = { u: [-0.025, 0.025] };
export const scaled = (values, [low, high]) => values.map((value) => (value - low) / (high - low));

/** ‖a − truth‖ / ‖truth‖. */
export function rrmse(a, truth) {
  let [error, size] = [0, 0];
  for (let i = 0; i < truth.length; i++) {
    error += (a[i] - truth[i]) ** 2;
    size += truth[i] ** 2;
  }
  return Math.sqrt(error / size);
}

export function mse(a, truth) {
  let sum = 0;
  for (let i = 0; i < truth.length; i++) sum += (a[i] - truth[i]) ** 2 / truth.length;
  return sum;
}

/** Structural similarity of fields in [0, 1]: mean over all windows of 7×7 points (Wang et al. 2004, uniform weights). */
export function ssim(a, b) {
  const [width, c1, c2] = [7, 0.01 ** 2, 0.03 ** 2];
  let [sum, windows] = [0, 0];
  for (let y = 0; y + width <= side; y++)
    for (let x = 0; x + width <= side; x++) {
      let [ma, mb, aa, bb, ab] = [0, 0, 0, 0, 0];
      for (let j = 0; j < width; j++)
        for (let i = 0; i < width; i++) {
          const at = (y + j) * side + x + i;
          ma += a[at];
          mb += b[at];
          aa += a[at] ** 2;
          bb += b[at] ** 2;
          ab += a[at] * b[at];
        }
      const n = width * width;
      ma /= n;
      mb /= n;
      const [va, vb, cov] = [aa - n * ma * ma, bb - n * mb * mb, ab - n * ma * mb].map((value) => value / (n - 1));
      sum += ((2 * ma * mb + c1) * (2 * cov + c2)) / ((ma * ma + mb * mb + c1) * (va + vb + c2));
      windows++;
    }
  return sum / windows;
}
