import { ArgumentError, ShapeError } from "../errors/index.ts";
import { sameShape, shapeText, sizeOf } from "../tensor/index.ts";
import { constant, make, scalar } from "./builder.ts";
import type { DType, ElementwiseName, Node } from "./node.ts";

/** Constructors of nodes: NumPy's broadcasting, axes counted from the end when negative, defaults. */

type Binary =
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "pow"
  | "maximum"
  | "minimum"
  | "less"
  | "lessEqual"
  | "equal"
  | "notEqual";
type Unary = Exclude<ElementwiseName, Binary | "where" | "clip" | "cast">;

/** The shape that operands broadcast to, by NumPy's rule. */
export function broadcastShapes(operation: string, shapes: readonly (readonly number[])[]): readonly number[] {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  const result: number[] = [];
  for (let axis = 0; axis < rank; axis++) {
    let extent = 1;
    for (const shape of shapes) {
      const own = shape[axis - rank + shape.length] ?? 1;
      if (own === 1 || own === extent) continue;
      if (extent !== 1)
        throw new ShapeError(operation, `expected shapes that broadcast, got ${shapes.map(shapeText).join(" and ")}`);
      extent = own;
    }
    result.push(extent);
  }
  return result;
}

/** An axis counted from the front. */
export function resolveAxis(operation: string, axis: number, rank: number): number {
  const resolved = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || resolved < 0 || resolved >= rank)
    throw new ShapeError(operation, `expected an axis from ${-rank} to ${rank - 1}, got ${axis}`, "shape/axis");
  return resolved;
}

/** Sorted axes, counted from the front; all of them when left out. */
export function resolveAxes(operation: string, axes: number | readonly number[] | undefined, rank: number): number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, axis) => axis);
  const list = typeof axes === "number" ? [axes] : axes;
  const resolved = list.map((axis) => resolveAxis(operation, axis, rank)).sort((a, b) => a - b);
  if (new Set(resolved).size !== resolved.length)
    throw new ShapeError(operation, `expected different axes, got ${list.join(", ")}`, "shape/axis");
  return resolved;
}

export function broadcastTo(x: Node, shape: readonly number[]): Node {
  const extra = shape.length - x.shape.length;
  if (
    extra < 0 ||
    !shape.every((extent) => Number.isInteger(extent) && extent >= 0) ||
    x.shape.some((extent, axis) => extent !== 1 && extent !== shape[axis + extra])
  )
    throw new ShapeError(
      "broadcastTo",
      `expected a shape that ${shapeText(x.shape)} broadcasts to, got ${shapeText(shape)}`,
    );
  return sameShape(x.shape, shape) ? x : make("broadcast", [x], { shape });
}

function elementwise(op: Binary | "where", operands: readonly Node[]): Node {
  const shape = broadcastShapes(
    op,
    operands.map((operand) => operand.shape),
  );
  return make(
    op,
    operands.map((operand) => broadcastTo(operand, shape)),
    {},
  );
}

const binary =
  (op: Binary) =>
  (a: Node, b: Node): Node =>
    elementwise(op, [a, b]);
const unary =
  (op: Unary) =>
  (x: Node): Node =>
    make(op, [x], {});

export const add: (a: Node, b: Node) => Node = binary("add");
export const sub: (a: Node, b: Node) => Node = binary("sub");
export const mul: (a: Node, b: Node) => Node = binary("mul");
export const div: (a: Node, b: Node) => Node = binary("div");
export const pow: (a: Node, b: Node) => Node = binary("pow");
export const maximum: (a: Node, b: Node) => Node = binary("maximum");
export const minimum: (a: Node, b: Node) => Node = binary("minimum");
export const less: (a: Node, b: Node) => Node = binary("less");
export const lessEqual: (a: Node, b: Node) => Node = binary("lessEqual");
export const equal: (a: Node, b: Node) => Node = binary("equal");
export const notEqual: (a: Node, b: Node) => Node = binary("notEqual");
export const neg: (x: Node) => Node = unary("neg");
export const exp: (x: Node) => Node = unary("exp");
export const log: (x: Node) => Node = unary("log");
export const log1p: (x: Node) => Node = unary("log1p");
export const expm1: (x: Node) => Node = unary("expm1");
export const sqrt: (x: Node) => Node = unary("sqrt");
export const square: (x: Node) => Node = unary("square");
export const sin: (x: Node) => Node = unary("sin");
export const cos: (x: Node) => Node = unary("cos");
export const tan: (x: Node) => Node = unary("tan");
export const tanh: (x: Node) => Node = unary("tanh");
export const sigmoid: (x: Node) => Node = unary("sigmoid");
export const relu: (x: Node) => Node = unary("relu");
export const erf: (x: Node) => Node = unary("erf");
export const softplus: (x: Node) => Node = unary("softplus");
export const abs: (x: Node) => Node = unary("abs");
export const sign: (x: Node) => Node = unary("sign");
export const floor: (x: Node) => Node = unary("floor");
export const asin: (x: Node) => Node = unary("asin");
export const acos: (x: Node) => Node = unary("acos");
export const atan: (x: Node) => Node = unary("atan");
export const sinh: (x: Node) => Node = unary("sinh");
export const cosh: (x: Node) => Node = unary("cosh");
export const asinh: (x: Node) => Node = unary("asinh");
export const acosh: (x: Node) => Node = unary("acosh");
export const atanh: (x: Node) => Node = unary("atanh");
export const round: (x: Node) => Node = unary("round");

export function where(condition: Node, a: Node, b: Node): Node {
  return elementwise("where", [condition, a, b]);
}

export function clip(x: Node, low: number, high: number): Node {
  if (!(low <= high)) throw new ArgumentError("clip", `expected low ≤ high, got ${low} and ${high}`);
  return make("clip", [x], { low, high });
}

export function cast(x: Node, dtype: DType): Node {
  return x.dtype === dtype ? x : make("cast", [x], { dtype });
}

type Reduction = "sum" | "max" | "min";
const reduction =
  (op: Reduction) =>
  (x: Node, axes?: number | readonly number[], keepDims = false): Node => {
    const resolved = resolveAxes(op, axes, x.shape.length);
    const result = make(op, [x], { axes: resolved });
    return keepDims
      ? reshape(
          result,
          x.shape.map((extent, axis) => (resolved.includes(axis) ? 1 : extent)),
        )
      : result;
  };

export const sum: (x: Node, axes?: number | readonly number[], keepDims?: boolean) => Node = reduction("sum");
export const max: (x: Node, axes?: number | readonly number[], keepDims?: boolean) => Node = reduction("max");
export const min: (x: Node, axes?: number | readonly number[], keepDims?: boolean) => Node = reduction("min");

export function mean(x: Node, axes?: number | readonly number[], keepDims = false): Node {
  const total = sum(x, axes, keepDims);
  return div(total, scalar(sizeOf(x.shape) / Math.max(1, sizeOf(total.shape))));
}

/** Products of the last two axes; vectors are taken as rows on the left and columns on the right, other axes broadcast. */
export function matmul(a: Node, b: Node): Node {
  if (a.shape.length === 0 || b.shape.length === 0)
    throw new ShapeError("matmul", `expected vectors or matrices, got ${shapeText(a.shape)} and ${shapeText(b.shape)}`);
  if (a.shape.length === 1) {
    const row = matmul(reshape(a, [1, ...a.shape]), b);
    return reshape(row, b.shape.length === 1 ? [] : [...row.shape.slice(0, -2), row.shape.at(-1)!]);
  }
  if (b.shape.length === 1) {
    const column = matmul(a, reshape(b, [...b.shape, 1]));
    return reshape(column, column.shape.slice(0, -1));
  }
  const [m, k] = a.shape.slice(-2) as [number, number];
  const [k2, n] = b.shape.slice(-2) as [number, number];
  if (k !== k2)
    throw new ShapeError(
      "matmul",
      `expected as many columns as rows, got ${shapeText(a.shape)} times ${shapeText(b.shape)}`,
    );
  const batch = broadcastShapes("matmul", [a.shape.slice(0, -2), b.shape.slice(0, -2)]);
  return make("matmul", [broadcastTo(a, [...batch, m, k]), broadcastTo(b, [...batch, k, n])], {});
}

/** One extent may be -1: it is computed. */
export function reshape(x: Node, shape: readonly number[]): Node {
  const hole = shape.indexOf(-1);
  const known = shape.reduce((size, extent, axis) => (axis === hole ? size : size * extent), 1);
  const target = shape.map((extent, axis) => (axis === hole ? sizeOf(x.shape) / known : extent));
  if (sizeOf(target) !== sizeOf(x.shape) || target.some((extent) => !Number.isInteger(extent) || extent < 0))
    throw new ShapeError("reshape", `expected a shape of ${sizeOf(x.shape)} elements, got ${shapeText(shape)}`);
  return sameShape(target, x.shape) ? x : make("reshape", [x], { shape: target });
}

/** Axes in another order; reversed when left out. */
export function transpose(x: Node, permutation?: readonly number[]): Node {
  const rank = x.shape.length;
  const order = (permutation ?? x.shape.map((_, axis) => rank - 1 - axis)).map((axis) =>
    resolveAxis("transpose", axis, rank),
  );
  if (order.length !== rank || new Set(order).size !== rank)
    throw new ShapeError("transpose", `expected a permutation of ${rank} axes, got ${shapeText(order)}`);
  return order.every((axis, i) => axis === i) ? x : make("transpose", [x], { permutation: order });
}

/** Start, stop and step of each axis, as Python's slices (negative positions from the end, steps positive). */
export function slice(
  x: Node,
  starts: readonly number[],
  stops: readonly (number | undefined)[],
  steps?: readonly number[],
): Node {
  const rank = x.shape.length;
  if (starts.length > rank || stops.length > rank)
    throw new ShapeError(
      "slice",
      `expected at most ${rank} axes for shape ${shapeText(x.shape)}, got ${starts.length}`,
    );
  const from: number[] = [];
  const to: number[] = [];
  const by: number[] = [];
  x.shape.forEach((extent, axis) => {
    const clamp = (position: number): number => {
      const place = Math.min(extent, Math.max(0, position < 0 ? position + extent : position));
      if (!Number.isInteger(place)) throw new ArgumentError("slice", `expected integer positions, got ${position}`);
      return place;
    };
    const step = steps?.[axis] ?? 1;
    if (!Number.isInteger(step) || step < 1) throw new ArgumentError("slice", `expected a positive step, got ${step}`);
    const start = clamp(starts[axis] ?? 0);
    from.push(start);
    to.push(Math.max(start, clamp(stops[axis] ?? extent)));
    by.push(step);
  });
  return make("slice", [x], { starts: from, stops: to, steps: by });
}

/** One position of an axis, which disappears. */
export function pick(x: Node, axis: number, index: number): Node {
  const at = resolveAxis("slice", axis, x.shape.length);
  const extent = x.shape[at]!;
  const position = index < 0 ? index + extent : index;
  if (!Number.isInteger(index) || position < 0 || position >= extent)
    throw new ShapeError("slice", `expected an index below ${extent} on axis ${at}, got ${index}`, "shape/index");
  const starts = x.shape.map((_, i) => (i === at ? position : 0));
  const stops = x.shape.map((other, i) => (i === at ? position + 1 : other));
  return reshape(
    slice(x, starts, stops),
    x.shape.filter((_, i) => i !== at),
  );
}

export function reverse(x: Node, axes?: number | readonly number[]): Node {
  return make("reverse", [x], { axes: resolveAxes("reverse", axes, x.shape.length) });
}

export function concat(parts: readonly Node[], axis = 0): Node {
  const [first] = parts;
  if (first === undefined) throw new ArgumentError("concat", "expected at least one tensor, got none");
  return make("concat", parts, { axis: resolveAxis("concat", axis, first.shape.length) });
}

/** Joins tensors of one shape along a new axis. */
export function stack(parts: readonly Node[], axis = 0): Node {
  const [first] = parts;
  if (first === undefined) throw new ArgumentError("stack", "expected at least one tensor, got none");
  const at = resolveAxis("stack", axis, first.shape.length + 1);
  for (const part of parts) {
    if (!sameShape(part.shape, first.shape))
      throw new ShapeError(
        "stack",
        `expected tensors of one shape, got ${shapeText(first.shape)} and ${shapeText(part.shape)}`,
      );
  }
  const shape = [...first.shape.slice(0, at), 1, ...first.shape.slice(at)];
  return concat(
    parts.map((part) => reshape(part, shape)),
    at,
  );
}

/** Zeros around (and, for `interior`, between) the elements. */
export function zeroPad(x: Node, low: readonly number[], high: readonly number[], interior?: readonly number[]): Node {
  return make("pad", [x], { low, high, interior: interior ?? low.map(() => 0) });
}

export type PadMode = "constant" | "periodic" | "edge";

/** Widths before and after each axis, filled with a constant, periodically or with the edge's value. */
export function pad(
  x: Node,
  low: readonly number[],
  high: readonly number[],
  mode: PadMode = "constant",
  value = 0,
): Node {
  if (low.length !== x.shape.length || high.length !== x.shape.length)
    throw new ShapeError("pad", `expected widths for ${x.shape.length} axes, got ${low.length} and ${high.length}`);
  if ([...low, ...high].some((width) => !Number.isInteger(width) || width < 0))
    throw new ArgumentError("pad", `expected widths ≥ 0, got ${low.join(", ")} and ${high.join(", ")}`);
  if (mode === "constant")
    return value === 0 ? zeroPad(x, low, high) : add(zeroPad(sub(x, scalar(value)), low, high), scalar(value));
  let padded = x;
  x.shape.forEach((extent, axis) => {
    const [before, after] = [low[axis]!, high[axis]!];
    if (mode === "periodic" && Math.max(before, after) > extent)
      throw new ShapeError(
        "pad",
        `expected periodic widths of at most ${extent} on axis ${axis}, got ${Math.max(before, after)}`,
      );
    const cut = (from: number, to: number): Node =>
      slice(
        padded,
        padded.shape.map((_, i) => (i === axis ? from : 0)),
        padded.shape.map((own, i) => (i === axis ? to : own)),
      );
    const repeat = (part: Node, count: number): Node =>
      broadcastTo(
        part,
        part.shape.map((own, i) => (i === axis ? count : own)),
      );
    const parts: Node[] = [];
    if (before > 0) parts.push(mode === "periodic" ? cut(extent - before, extent) : repeat(cut(0, 1), before));
    parts.push(padded);
    if (after > 0) parts.push(mode === "periodic" ? cut(0, after) : repeat(cut(extent - 1, extent), after));
    padded = concat(parts, axis);
  });
  return padded;
}

/** Elements moved by `shift` to higher indices, those that fall out come in at the other end (numpy.roll). */
export function roll(x: Node, shift: number, axis = -1): Node {
  if (!Number.isInteger(shift)) throw new ArgumentError("roll", `expected an integer shift, got ${shift}`);
  const at = resolveAxis("roll", axis, x.shape.length);
  const extent = x.shape[at]!;
  return make("roll", [x], { axis: at, shift: extent === 0 ? 0 : ((shift % extent) + extent) % extent });
}

/** Elements at constant indices of an axis. */
export function take(x: Node, indices: ArrayLike<number>, axis = 0): Node {
  const at = resolveAxis("take", axis, x.shape.length);
  const extent = x.shape[at]!;
  const resolved = Int32Array.from(indices, (index) => {
    const position = index < 0 ? index + extent : index;
    if (!Number.isInteger(index) || position < 0 || position >= extent)
      throw new ShapeError("take", `expected indices below ${extent}, got ${index}`, "shape/index");
    return position;
  });
  return make("take", [x], { axis: at, indices: resolved });
}

/** The transpose of {@link take}: adds entry j of `axis` to position indices[j] of an axis of `size` zeros. */
export function scatterAdd(x: Node, indices: ArrayLike<number>, size: number, axis = 0): Node {
  const at = resolveAxis("scatterAdd", axis, x.shape.length);
  const resolved = Int32Array.from(indices);
  if (resolved.length !== x.shape[at])
    throw new ShapeError("scatterAdd", `expected ${x.shape[at]} indices, got ${resolved.length}`);
  if (!Number.isInteger(size) || resolved.some((index, j) => index !== indices[j] || index < 0 || index >= size))
    throw new ShapeError("scatterAdd", `expected indices below ${size}`, "shape/index");
  return make("scatterAdd", [x], { axis: at, indices: resolved, size });
}

/** Discrete Fourier transform of real values over the last one or two axes: [..., n/2+1, 2], real and imaginary parts last. */
export function rfft(x: Node, dimensions: 1 | 2 = 1): Node {
  return make("rfft", [x], { dimensions });
}

/** Inverse of {@link rfft}, normalised; `length` is the number of real points of the last axis. */
export function irfft(x: Node, length: number, dimensions: 1 | 2 = 1): Node {
  return make("irfft", [x], { dimensions, length });
}

/** A tensor of one value. */
export function full(shape: readonly number[], value: number): Node {
  return broadcastTo(scalar(value), shape);
}

/** A constant tensor. */
export function array(data: Float64Array, shape: readonly number[]): Node {
  return constant(data, shape);
}

/** The lower factor of positive definite matrices […, n, n]. */
export function cholesky(A: Node): Node {
  return make("cholesky", [A], {});
}

/** L⁻¹ B, or L⁻ᵀ B, for lower triangular L […, n, n] and B […, n, m]. */
export function triangularSolve(L: Node, B: Node, transposed: boolean): Node {
  return make("triangularSolve", [L, B], { transposed });
}
