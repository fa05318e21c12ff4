import type { ConvolutionAttributes, Node, PoolAttributes, WindowAttributes } from "../../graph/node.ts";
import { gemm } from "../../linalg/index.ts";

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

/** Sizes of one group of one image, and how many there are. */
interface Sizes {
  readonly images: number;
  readonly groups: number;
  /** Channels and results a group. */
  readonly inner: number;
  readonly outer: number;
  /** Spatial positions of x, w and y. */
  readonly x: number;
  readonly k: number;
  readonly y: number;
}

function sizesOf(T: Int32Array): Sizes {
  const product = (from: number): number => T[from]! * T[from + 1]! * T[from + 2]!;
  return { images: T[0]!, inner: T[1]!, outer: T[2]!, groups: T[3]!, x: product(4), k: product(7), y: product(10) };
}

/**
 * Goes through the table of columns [inner · k, y] row by row of the innermost axis: `visit` gets a place in x, one in the
 * columns, and how many elements stand there, `stride` apart in x. What is in the padding is left out.
 */
function forEachSpan(T: Int32Array, visit: (x: number, column: number, count: number, stride: number) => void): void {
  const [C, X0, X1, X2] = [T[1]!, T[4]!, T[5]!, T[6]!];
  const [K0, K1, K2, Y0, Y1, Y2] = [T[7]!, T[8]!, T[9]!, T[10]!, T[11]!, T[12]!];
  const [s0, s1, s2, l0, l1, l2] = [T[13]!, T[14]!, T[15]!, T[16]!, T[17]!, T[18]!];
  const [d0, d1, d2] = [T[19]!, T[20]!, T[21]!];
  for (let c = 0; c < C; c++) {
    for (let k0 = 0; k0 < K0; k0++) {
      const [a0, b0] = [firstPosition(l0, k0 * d0, s0), endPosition(l0, k0 * d0, s0, X0, Y0)];
      for (let k1 = 0; k1 < K1; k1++) {
        const [a1, b1] = [firstPosition(l1, k1 * d1, s1), endPosition(l1, k1 * d1, s1, X1, Y1)];
        for (let k2 = 0; k2 < K2; k2++) {
          const a2 = firstPosition(l2, k2 * d2, s2);
          const count = endPosition(l2, k2 * d2, s2, X2, Y2) - a2;
          if (count <= 0) continue;
          const column = (((c * K0 + k0) * K1 + k1) * K2 + k2) * Y0 * Y1 * Y2 + a2;
          for (let p0 = a0; p0 < b0; p0++) {
            for (let p1 = a1; p1 < b1; p1++) {
              const row = ((c * X0 + p0 * s0 + k0 * d0 - l0) * X1 + p1 * s1 + k1 * d1 - l1) * X2;
              visit(row + a2 * s2 + k2 * d2 - l2, column + (p0 * Y1 + p1) * Y2, count, s2);
            }
          }
        }
      }
    }
  }
}

let scratch = new Float64Array(0);

/** Zeros for the columns of one group of one image. */
function emptyColumns({ inner, k, y }: Sizes): Float64Array {
  const size = inner * k * y;
  if (scratch.length < size) scratch = new Float64Array(size);
  return scratch.subarray(0, size).fill(0);
}

/** The columns of a group of an image at an address: every window's elements. */
function columnsOf(F: Arena, from: number, T: Int32Array, sizes: Sizes): Float64Array {
  const columns = emptyColumns(sizes);
  forEachSpan(T, (x, column, count, stride) => {
    for (let i = 0; i < count; i++) columns[column + i] = F[from + x + i * stride]!;
  });
  return columns;
}

/** A stretch of the arena as float64: itself, or a copy. */
function wide(F: Arena, from: number, size: number): Float64Array {
  const view = F.subarray(from, from + size);
  return view instanceof Float64Array ? view : Float64Array.from(view);
}

/** Calls `run` for each group of each image, with the addresses of its parts of x, w and y. */
function forEachGroup(
  T: Int32Array,
  x: number,
  w: number,
  y: number,
  run: (sizes: Sizes, x: number, w: number, y: number) => void,
): void {
  const sizes = sizesOf(T);
  const { images, groups, inner, outer } = sizes;
  for (let image = 0; image < images; image++) {
    for (let group = 0; group < groups; group++) {
      const at = image * groups + group;
      run(sizes, x + at * inner * sizes.x, w + group * outer * inner * sizes.k, y + at * outer * sizes.y);
    }
  }
}

/** y from x and w: the weights times the columns of x. */
export function convRoutine(F: Arena, x: number, w: number, y: number, T: Int32Array): void {
  forEachGroup(T, x, w, y, (sizes, xAt, wAt, yAt) => {
    const { inner, outer, k } = sizes;
    const product = gemm(outer, sizes.y, inner * k, wide(F, wAt, outer * inner * k), columnsOf(F, xAt, T, sizes));
    F.set(product, yAt);
  });
}

/** x from y and w: the transposed weights times y, put back where the columns came from. */
export function convInputRoutine(F: Arena, y: number, w: number, x: number, T: Int32Array): void {
  const { images, groups, inner, x: size } = sizesOf(T);
  F.fill(0, x, x + images * groups * inner * size);
  forEachGroup(T, x, w, y, (sizes, xAt, wAt, yAt) => {
    const { outer, k } = sizes;
    const columns = gemm(
      sizes.inner * k,
      sizes.y,
      outer,
      wide(F, wAt, outer * sizes.inner * k),
      wide(F, yAt, outer * sizes.y),
      {
        transA: true,
        out: emptyColumns(sizes),
      },
    );
    forEachSpan(T, (at, column, count, stride) => {
      for (let i = 0; i < count; i++) F[xAt + at + i * stride] = F[xAt + at + i * stride]! + columns[column + i]!;
    });
  });
}

/** w from x and y: y times the transposed columns of x, summed over the images. */
export function convWeightRoutine(F: Arena, x: number, y: number, w: number, T: Int32Array): void {
  const { groups, inner, outer, k } = sizesOf(T);
  F.fill(0, w, w + groups * outer * inner * k);
  forEachGroup(T, x, w, y, (sizes, xAt, wAt, yAt) => {
    const size = outer * inner * k;
    const columns = columnsOf(F, xAt, T, sizes);
    const product = gemm(outer, inner * k, sizes.y, wide(F, yAt, outer * sizes.y), columns, { transB: true });
    for (let i = 0; i < size; i++) F[wAt + i] = F[wAt + i]! + product[i]!;
  });
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
