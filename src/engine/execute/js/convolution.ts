import type { ConvolutionAttributes, Node, PoolAttributes, WindowAttributes } from "../../graph/node.ts";

type Arena = Float64Array | Float32Array;

/** Lists of one entry a spatial axis, filled up to three axes by `fill` in front. */
function three(list: readonly number[], fill: number): number[] {
  return [...Array<number>(3 - list.length).fill(fill), ...list];
}

/** Whether there is a routine for so many spatial axes. */
export const MOST_SPATIAL_AXES = 3;

function windowNumbers({ strides, low, dilations }: WindowAttributes): number[] {
  return [...three(strides, 1), ...three(low, 0), ...three(dilations, 1)];
}

/**
 * The numbers of a convolution as its routine takes them: images, channels a group, results a group, groups, spatial axes of
 * x, w and y, strides, padding, dilations.
 */
export function convolutionTable(
  x: readonly number[],
  w: readonly number[],
  y: readonly number[],
  attributes: ConvolutionAttributes,
): Int32Array {
  const { groups } = attributes;
  return Int32Array.from([
    x[0]!,
    w[1]!,
    w[0]! / groups,
    groups,
    ...three(x.slice(2), 1),
    ...three(w.slice(2), 1),
    ...three(y.slice(2), 1),
    ...windowNumbers(attributes),
  ]);
}

export function poolTable(x: readonly number[], y: readonly number[], attributes: PoolAttributes): Int32Array {
  return Int32Array.from([
    x[0]! * x[1]!,
    ...three(x.slice(2), 1),
    ...three(attributes.kernel, 1),
    ...three(y.slice(2), 1),
    ...windowNumbers(attributes),
  ]);
}

/** First and end of the positions whose window covers the axis at offset k of the kernel. */
function firstPosition(low: number, k: number, stride: number): number {
  return Math.max(0, Math.ceil((low - k) / stride));
}
function endPosition(low: number, k: number, stride: number, extent: number, positions: number): number {
  return Math.min(positions, Math.floor((extent - 1 + low - k) / stride) + 1);
}

/** A row of the innermost axis: y += w·x, x += w·y, or the sum of x·y. */
type Row = (F: Arena, x: number, stride: number, y: number, count: number, weight: number) => number;

function forwardRow(F: Arena, x: number, stride: number, y: number, count: number, weight: number): number {
  if (stride === 1) for (let i = 0; i < count; i++) F[y + i] = F[y + i]! + weight * F[x + i]!;
  else for (let i = 0; i < count; i++) F[y + i] = F[y + i]! + weight * F[x + i * stride]!;
  return 0;
}
function inputRow(F: Arena, x: number, stride: number, y: number, count: number, weight: number): number {
  for (let i = 0; i < count; i++) F[x + i * stride] = F[x + i * stride]! + weight * F[y + i]!;
  return 0;
}
function weightRow(F: Arena, x: number, stride: number, y: number, count: number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += F[x + i * stride]! * F[y + i]!;
  return sum;
}

/** Runs over all rows of a convolution; `x`, `w`, `y` are addresses, one of which is that of the result. */
function convolve(F: Arena, x: number, w: number, y: number, T: Int32Array, row: Row, weights: boolean): void {
  const N = T[0]!;
  const C = T[1]!;
  const O = T[2]!;
  const groups = T[3]!;
  const X0 = T[4]!;
  const X1 = T[5]!;
  const X2 = T[6]!;
  const K0 = T[7]!;
  const K1 = T[8]!;
  const K2 = T[9]!;
  const Y0 = T[10]!;
  const Y1 = T[11]!;
  const Y2 = T[12]!;
  const s0 = T[13]!;
  const s1 = T[14]!;
  const s2 = T[15]!;
  const l0 = T[16]!;
  const l1 = T[17]!;
  const l2 = T[18]!;
  const d0 = T[19]!;
  const d1 = T[20]!;
  const d2 = T[21]!;
  const [X, K, Y] = [X0 * X1 * X2, K0 * K1 * K2, Y0 * Y1 * Y2];
  for (let n = 0; n < N; n++) {
    for (let o = 0; o < groups * O; o++) {
      const group = Math.floor(o / O);
      const yBase = y + (n * groups * O + o) * Y;
      for (let c = 0; c < C; c++) {
        const xBase = x + (n * groups * C + group * C + c) * X;
        const wBase = w + (o * C + c) * K;
        for (let k0 = 0; k0 < K0; k0++) {
          const [a0, b0] = [firstPosition(l0, k0 * d0, s0), endPosition(l0, k0 * d0, s0, X0, Y0)];
          for (let k1 = 0; k1 < K1; k1++) {
            const [a1, b1] = [firstPosition(l1, k1 * d1, s1), endPosition(l1, k1 * d1, s1, X1, Y1)];
            for (let k2 = 0; k2 < K2; k2++) {
              const at = wBase + (k0 * K1 + k1) * K2 + k2;
              const a2 = firstPosition(l2, k2 * d2, s2);
              const count = endPosition(l2, k2 * d2, s2, X2, Y2) - a2;
              if (count <= 0) continue;
              const weight = weights ? 0 : F[at]!;
              let sum = 0;
              for (let p0 = a0; p0 < b0; p0++) {
                for (let p1 = a1; p1 < b1; p1++) {
                  const from =
                    xBase + ((p0 * s0 + k0 * d0 - l0) * X1 + p1 * s1 + k1 * d1 - l1) * X2 + a2 * s2 + k2 * d2 - l2;
                  sum += row(F, from, s2, yBase + (p0 * Y1 + p1) * Y2 + a2, count, weight);
                }
              }
              if (weights) F[at] = F[at]! + sum;
            }
          }
        }
      }
    }
  }
}
function sizes(T: Int32Array): { x: number; w: number; y: number } {
  const product = (from: number): number => T[from]! * T[from + 1]! * T[from + 2]!;
  const [N, C, O, groups] = [T[0]!, T[1]!, T[2]!, T[3]!];
  return { x: N * C * groups * product(4), w: O * groups * C * product(7), y: N * O * groups * product(10) };
}

/** y from x and w. */
export function convRoutine(F: Arena, x: number, w: number, y: number, T: Int32Array): void {
  F.fill(0, y, y + sizes(T).y);
  convolve(F, x, w, y, T, forwardRow, false);
}

/** x from y and w. */
export function convInputRoutine(F: Arena, y: number, w: number, x: number, T: Int32Array): void {
  F.fill(0, x, x + sizes(T).x);
  convolve(F, x, w, y, T, inputRow, false);
}

/** w from x and y. */
export function convWeightRoutine(F: Arena, x: number, y: number, w: number, T: Int32Array): void {
  F.fill(0, w, w + sizes(T).w);
  convolve(F, x, w, y, T, weightRow, true);
}

/** Calls `use` with the address of each window's maximum (−1: none) and the number of the window. */
function windows(F: Arena, x: number, T: Int32Array, use: (best: number, window: number) => void): void {
  const images = T[0]!;
  const X0 = T[1]!;
  const X1 = T[2]!;
  const X2 = T[3]!;
  const K0 = T[4]!;
  const K1 = T[5]!;
  const K2 = T[6]!;
  const Y0 = T[7]!;
  const Y1 = T[8]!;
  const Y2 = T[9]!;
  const s0 = T[10]!;
  const s1 = T[11]!;
  const s2 = T[12]!;
  const l0 = T[13]!;
  const l1 = T[14]!;
  const l2 = T[15]!;
  const d0 = T[16]!;
  const d1 = T[17]!;
  const d2 = T[18]!;
  let window = 0;
  for (let image = 0; image < images; image++) {
    const base = x + image * X0 * X1 * X2;
    for (let p0 = 0; p0 < Y0; p0++) {
      for (let p1 = 0; p1 < Y1; p1++) {
        for (let p2 = 0; p2 < Y2; p2++) {
          let best = -1;
          for (let k0 = 0; k0 < K0; k0++) {
            const i0 = p0 * s0 + k0 * d0 - l0;
            if (i0 < 0 || i0 >= X0) continue;
            for (let k1 = 0; k1 < K1; k1++) {
              const i1 = p1 * s1 + k1 * d1 - l1;
              if (i1 < 0 || i1 >= X1) continue;
              for (let k2 = 0; k2 < K2; k2++) {
                const i2 = p2 * s2 + k2 * d2 - l2;
                if (i2 < 0 || i2 >= X2) continue;
                const at = base + (i0 * X1 + i1) * X2 + i2;
                const value = F[at]!;
                if (best < 0 || value > F[best]! || (Number.isNaN(value) && !Number.isNaN(F[best]!))) best = at;
              }
            }
          }
          use(best, window++);
        }
      }
    }
  }
}

export function maxPoolRoutine(F: Arena, x: number, y: number, T: Int32Array): void {
  windows(F, x, T, (best, window) => {
    F[y + window] = best < 0 ? Number.NEGATIVE_INFINITY : F[best]!;
  });
}

/** Elements of t where x has its maxima. */
export function maxPoolPickRoutine(F: Arena, x: number, t: number, y: number, T: Int32Array): void {
  windows(F, x, T, (best, window) => {
    F[y + window] = best < 0 ? 0 : F[t + best - x]!;
  });
}

/** Elements of g added where x has its maxima. */
export function maxPoolScatterRoutine(F: Arena, x: number, g: number, out: number, T: Int32Array): void {
  F.fill(0, out, out + T[0]! * T[1]! * T[2]! * T[3]!);
  windows(F, x, T, (best, window) => {
    if (best >= 0) F[out + best - x] = F[out + best - x]! + F[g + window]!;
  });
}

/** The table of a node's routine. */
export function windowTable(node: Node): Int32Array {
  const [a, b] = node.inputs.map((input) => input.shape);
  switch (node.op) {
    case "conv":
      return convolutionTable(a!, b!, node.shape, node.attributes);
    case "convInput":
      return convolutionTable(node.shape, b!, a!, node.attributes);
    case "convWeight":
      return convolutionTable(a!, node.shape, b!, node.attributes);
    case "maxPool":
    case "maxPoolPick":
      return poolTable(a!, node.shape, node.attributes);
    case "maxPoolScatter":
      return poolTable(a!, b!, node.attributes);
    default:
      throw new Error(`${node.op} has no window`);
  }
}
