import { ShapeError } from "../../errors/index.ts";
import type { Node } from "../../graph/node.ts";
import { erf } from "../../graph/primitives/erf.ts";
import { irfft2, irfftRows, rfft2, rfftRows } from "../../linalg/index.ts";
import { sizeOf } from "../../tensor/index.ts";
import type { RoutineCollector } from "../wasm/routines.ts";
import { isView } from "./access.ts";
import { addressText, type Buffer } from "./buffers.ts";
import {
  convInputRoutine,
  convRoutine,
  convWeightRoutine,
  MOST_SPATIAL_AXES,
  maxPoolPickRoutine,
  maxPoolRoutine,
  maxPoolScatterRoutine,
  windowTable,
} from "./convolution.ts";
import { choleskyRoutine, triangularSolveRoutine } from "./factorization.ts";
import type { Writer } from "./writer.ts";

export type Arena = Float64Array | Float32Array;

/** Tables of indices that generated code refers to by name. */
export class Tables {
  readonly values: Int32Array[] = [];

  name(values: Int32Array): string {
    const known = this.values.findIndex(
      (other) => other.length === values.length && other.every((entry, i) => entry === values[i]),
    );
    return `T${known >= 0 ? known : this.values.push(values) - 1}`;
  }
}

type Transform = (
  input: Float64Array,
  from: number,
  rows: number,
  ny: number,
  nx: number,
  out: Float64Array,
  to: number,
) => void;

/** A transform on the arena: in place of it for float64, through float64 copies for float32. */
function onArena(
  transform: Transform,
  inSize: (ny: number, nx: number) => number,
  outSize: (ny: number, nx: number) => number,
) {
  return (F: Arena, from: number, to: number, rows: number, ny: number, nx: number): void => {
    if (F instanceof Float64Array) {
      transform(F, from, rows, ny, nx, F, to);
      return;
    }
    const input = Float64Array.from(F.subarray(from, from + rows * inSize(ny, nx)));
    const out = new Float64Array(rows * outSize(ny, nx));
    transform(input, 0, rows, ny, nx, out, 0);
    F.set(out, to);
  };
}

const real = (ny: number, nx: number): number => ny * nx;
const bins = (ny: number, nx: number): number => ny * (Math.floor(nx / 2) + 1) * 2;

/** Routines that generated code calls by name: Fourier transforms take (arena, from, to, transforms, ny, nx). */
export const HELPERS: Readonly<Record<string, (...args: never[]) => unknown>> = {
  rfft1: onArena((x, from, rows, _ny, nx, y, to) => rfftRows(x, from, rows, nx, y, to), real, bins),
  irfft1: onArena((x, from, rows, _ny, nx, y, to) => irfftRows(x, from, rows, nx, y, to), bins, real),
  rfft2: onArena((x, from, rows, ny, nx, y, to) => rfft2(x, from, rows, ny, nx, y, to), real, bins),
  erf,
  cholesky: choleskyRoutine,
  triangularSolve: triangularSolveRoutine,
  conv: convRoutine,
  convInput: convInputRoutine,
  convWeight: convWeightRoutine,
  maxPool: maxPoolRoutine,
  maxPoolPick: maxPoolPickRoutine,
  maxPoolScatter: maxPoolScatterRoutine,
  irfft2: onArena((x, from, rows, ny, nx, y, to) => irfft2(x, from, rows, ny, nx, y, to), bins, real),
};

/** The operand behind an exchange of the last two axes, which products read in place. */
export function exchanged(node: Node): Node | undefined {
  if (node.op !== "transpose") return undefined;
  const { permutation } = node.attributes;
  const rank = permutation.length;
  const last = rank - 1;
  return permutation.every((axis, i) => axis === (i < rank - 2 ? i : 2 * last - 1 - i)) ? node.inputs[0] : undefined;
}

/** Writes a routine on whole buffers. */
export function writeCall(
  node: Node,
  operands: readonly Buffer[],
  result: Buffer,
  tables: Tables,
  writer: Writer,
  tiny: number,
  routines: RoutineCollector | undefined,
): void {
  const to = addressText(result);
  const from = addressText(operands[0]!);
  switch (node.op) {
    case "matmul": {
      const [a, b] = node.inputs as [Node, Node];
      const [m, n] = node.shape.slice(-2) as [number, number];
      const k = a.shape.at(-1)!;
      const batches = sizeOf(node.shape.slice(0, -2));
      const inPlace = (operand: Node): boolean =>
        exchanged(operand) !== undefined && !isView(exchanged(operand)!) && sizeOf(operand.shape) > tiny;
      const aStrides = !inPlace(a) ? [k, 1] : [1, m];
      const bStrides = !inPlace(b) ? [n, 1] : [1, k];
      const name = routines?.takesProduct(m, k, n) ? "W.gemm" : "mm";
      const call = (batch: string): string =>
        `${name}(${from}${batch && ` + ${batch} * ${m * k}`}, ${aStrides.join(", ")}, ${addressText(operands[1]!)}${batch && ` + ${batch} * ${k * n}`}, ${bStrides.join(", ")}, ${to}${batch && ` + ${batch} * ${m * n}`}, ${m}, ${k}, ${n});`;
      if (batches === 1) writer.push(call(""));
      else {
        const index = writer.names.next("i");
        writer.push(`for (let ${index} = 0; ${index} < ${batches}; ${index}++) ${call(index)}`);
      }
      return;
    }
    case "take":
    case "scatterAdd": {
      const { axis, indices } = node.attributes;
      const wide = node.op === "take" ? node.inputs[0]!.shape : node.shape;
      const inner = sizeOf(wide.slice(axis + 1));
      const outer = sizeOf(wide.slice(0, axis));
      const [o, j, i] = [writer.names.next("i"), writer.names.next("i"), writer.names.next("i")];
      const table = tables.name(indices);
      const narrow = `(${o} * ${indices.length} + ${j}) * ${inner} + ${i}`;
      const broad = `(${o} * ${wide[axis]} + ${table}[${j}]) * ${inner} + ${i}`;
      if (node.op === "scatterAdd") writer.push(`F.fill(0, ${to}, ${to} + ${sizeOf(node.shape)});`);
      writer.push(
        `for (let ${o} = 0; ${o} < ${outer}; ${o}++) for (let ${j} = 0; ${j} < ${indices.length}; ${j}++) for (let ${i} = 0; ${i} < ${inner}; ${i}++) ` +
          (node.op === "take"
            ? `F[${to} + ${narrow}] = F[${from} + ${broad}];`
            : `F[${to} + ${broad}] += F[${from} + ${narrow}];`),
      );
      return;
    }
    case "rfft":
    case "irfft": {
      const { dimensions } = node.attributes;
      const shape = node.op === "rfft" ? node.inputs[0]!.shape : node.shape;
      const ny = dimensions === 2 ? shape.at(-2)! : 1;
      const rows = sizeOf(shape) / (ny * shape.at(-1)!);
      writer.push(`H.${node.op}${dimensions}(F, ${from}, ${to}, ${rows}, ${ny}, ${shape.at(-1)});`);
      return;
    }
    case "cholesky": {
      const n = node.shape.at(-1)!;
      writer.push(`H.cholesky(F, ${from}, ${to}, ${sizeOf(node.shape) / (n * n || 1)}, ${n});`);
      return;
    }
    case "triangularSolve": {
      const [n, m] = node.shape.slice(-2) as [number, number];
      const count = sizeOf(node.shape) / (n * m || 1);
      writer.push(
        `H.triangularSolve(F, ${from}, ${addressText(operands[1]!)}, ${to}, ${count}, ${n}, ${m}, ${node.attributes.transposed});`,
      );
      return;
    }
    case "conv":
    case "convInput":
    case "convWeight":
    case "maxPool":
    case "maxPoolPick":
    case "maxPoolScatter": {
      if (node.shape.length > 2 + MOST_SPATIAL_AXES)
        throw new ShapeError(
          node.op,
          `expected at most ${MOST_SPATIAL_AXES} spatial axes, got ${node.shape.length - 2}`,
        );
      const addresses = [...operands, result].map((buffer) => addressText(buffer));
      const numbers = windowTable(node);
      const table = node.op.startsWith("conv") ? routines?.convolution(numbers) : routines?.pooling(numbers);
      if (table !== undefined) {
        writer.push(`W.${node.op}(${addresses.join(", ")}, ${table});`);
        return;
      }
      writer.push(`H.${node.op}(F, ${addresses.join(", ")}, ${tables.name(numbers)});`);
      return;
    }
    default:
      throw new Error(`${node.op} is no routine`);
  }
}

/** Matrix product on the arena: 4 × 4 blocks in variables. Strides of rows and columns for both factors. */
export const MATMUL = `
function mm(a, ar, ac, b, br, bc, o, m, k, n) {
  let i = 0;
  for (; i + 4 <= m; i += 4) {
    let j = 0;
    for (; j + 4 <= n; j += 4) {
      let s00 = 0, s01 = 0, s02 = 0, s03 = 0, s10 = 0, s11 = 0, s12 = 0, s13 = 0;
      let s20 = 0, s21 = 0, s22 = 0, s23 = 0, s30 = 0, s31 = 0, s32 = 0, s33 = 0;
      let p = a + i * ar, q = b + j * bc;
      for (let l = 0; l < k; l++) {
        const x0 = F[p], x1 = F[p + ar], x2 = F[p + 2 * ar], x3 = F[p + 3 * ar];
        const y0 = F[q], y1 = F[q + bc], y2 = F[q + 2 * bc], y3 = F[q + 3 * bc];
        s00 += x0 * y0; s01 += x0 * y1; s02 += x0 * y2; s03 += x0 * y3;
        s10 += x1 * y0; s11 += x1 * y1; s12 += x1 * y2; s13 += x1 * y3;
        s20 += x2 * y0; s21 += x2 * y1; s22 += x2 * y2; s23 += x2 * y3;
        s30 += x3 * y0; s31 += x3 * y1; s32 += x3 * y2; s33 += x3 * y3;
        p += ac; q += br;
      }
      let r = o + i * n + j;
      F[r] = s00; F[r + 1] = s01; F[r + 2] = s02; F[r + 3] = s03; r += n;
      F[r] = s10; F[r + 1] = s11; F[r + 2] = s12; F[r + 3] = s13; r += n;
      F[r] = s20; F[r + 1] = s21; F[r + 2] = s22; F[r + 3] = s23; r += n;
      F[r] = s30; F[r + 1] = s31; F[r + 2] = s32; F[r + 3] = s33;
    }
    if (j < n) edge(a, ar, ac, b, br, bc, o, i, i + 4, j, k, n);
  }
  if (i < m) edge(a, ar, ac, b, br, bc, o, i, m, 0, k, n);
}
function edge(a, ar, ac, b, br, bc, o, i0, i1, j0, k, n) {
  for (let i = i0; i < i1; i++) {
    let j = j0;
    for (; j + 4 <= n; j += 4) {
      let s0 = 0, s1 = 0, s2 = 0, s3 = 0, p = a + i * ar, q = b + j * bc;
      for (let l = 0; l < k; l++) {
        const x = F[p];
        s0 += x * F[q]; s1 += x * F[q + bc]; s2 += x * F[q + 2 * bc]; s3 += x * F[q + 3 * bc];
        p += ac; q += br;
      }
      const r = o + i * n + j;
      F[r] = s0; F[r + 1] = s1; F[r + 2] = s2; F[r + 3] = s3;
    }
    for (; j < n; j++) {
      let s = 0, p = a + i * ar, q = b + j * bc;
      for (let l = 0; l < k; l++) { s += F[p] * F[q]; p += ac; q += br; }
      F[o + i * n + j] = s;
    }
  }
}`;
