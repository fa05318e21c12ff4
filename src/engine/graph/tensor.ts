import { ArgumentError } from "../errors/index.ts";
import type { ArrayLike64 } from "../tensor/index.ts";
import { toNdArray } from "../tensor/index.ts";
import { constant, scalar } from "./builder.ts";
import type { DType, Node } from "./node.ts";
import * as ops from "./ops.ts";
import { checkpointedScan, scanNodes } from "./scan.ts";
import {
  averagePool,
  type ConvolutionOptions,
  convolve,
  convolveTransposed,
  maxPool,
  type PerAxis,
  type PoolOptions,
} from "./windows.ts";

/** What stands for a tensor in expressions: tensors, numbers, nested lists, arrays. */
export type TensorLike = Tensor | ArrayLike64;
type Axes = number | readonly number[];

/**
 * A symbolic, immutable value inside {@link trace}: it has a shape and a type but no numbers yet. Operands broadcast by
 * NumPy's rule; negative axes count from the end. Nothing to dispose of.
 */
export class Tensor {
  /** The value's node in the graph. */
  readonly node: Node;

  constructor(node: Node) {
    this.node = node;
  }

  get shape(): readonly number[] {
    return this.node.shape;
  }

  get dtype(): DType {
    return this.node.dtype;
  }

  #with(operation: (a: Node, b: Node) => Node, other: TensorLike): Tensor {
    return new Tensor(operation(this.node, toNode(other, this.dtype)));
  }

  add(other: TensorLike): Tensor {
    return this.#with(ops.add, other);
  }
  sub(other: TensorLike): Tensor {
    return this.#with(ops.sub, other);
  }
  mul(other: TensorLike): Tensor {
    return this.#with(ops.mul, other);
  }
  div(other: TensorLike): Tensor {
    return this.#with(ops.div, other);
  }
  /** Raised to a power; integer exponents up to 3 become products. */
  pow(exponent: TensorLike): Tensor {
    return this.#with(ops.pow, exponent);
  }
  /** The larger of two; ties share the derivative. */
  maximum(other: TensorLike): Tensor {
    return this.#with(ops.maximum, other);
  }
  /** The smaller of two; ties share the derivative. */
  minimum(other: TensorLike): Tensor {
    return this.#with(ops.minimum, other);
  }
  less(other: TensorLike): Tensor {
    return this.#with(ops.less, other);
  }
  lessEqual(other: TensorLike): Tensor {
    return this.#with(ops.lessEqual, other);
  }
  greater(other: TensorLike): Tensor {
    return this.#with((a, b) => ops.less(b, a), other);
  }
  greaterEqual(other: TensorLike): Tensor {
    return this.#with((a, b) => ops.lessEqual(b, a), other);
  }
  equal(other: TensorLike): Tensor {
    return this.#with(ops.equal, other);
  }
  notEqual(other: TensorLike): Tensor {
    return this.#with(ops.notEqual, other);
  }
  /** Product of matrices (the last two axes); vectors count as rows on the left and columns on the right. */
  matmul(other: TensorLike): Tensor {
    return this.#with(ops.matmul, other);
  }

  neg(): Tensor {
    return new Tensor(ops.neg(this.node));
  }
  exp(): Tensor {
    return new Tensor(ops.exp(this.node));
  }
  log(): Tensor {
    return new Tensor(ops.log(this.node));
  }
  log1p(): Tensor {
    return new Tensor(ops.log1p(this.node));
  }
  expm1(): Tensor {
    return new Tensor(ops.expm1(this.node));
  }
  sqrt(): Tensor {
    return new Tensor(ops.sqrt(this.node));
  }
  square(): Tensor {
    return new Tensor(ops.square(this.node));
  }
  sin(): Tensor {
    return new Tensor(ops.sin(this.node));
  }
  cos(): Tensor {
    return new Tensor(ops.cos(this.node));
  }
  tan(): Tensor {
    return new Tensor(ops.tan(this.node));
  }
  tanh(): Tensor {
    return new Tensor(ops.tanh(this.node));
  }
  sigmoid(): Tensor {
    return new Tensor(ops.sigmoid(this.node));
  }
  relu(): Tensor {
    return new Tensor(ops.relu(this.node));
  }
  /** The error function. */
  erf(): Tensor {
    return new Tensor(ops.erf(this.node));
  }
  /** ln(1 + eˣ). */
  softplus(): Tensor {
    return new Tensor(ops.softplus(this.node));
  }
  abs(): Tensor {
    return new Tensor(ops.abs(this.node));
  }
  sign(): Tensor {
    return new Tensor(ops.sign(this.node));
  }
  floor(): Tensor {
    return new Tensor(ops.floor(this.node));
  }
  /** Limited to [low, high]; the derivative is 1 on the limits. */
  clip(low: number, high: number): Tensor {
    return new Tensor(ops.clip(this.node, low, high));
  }
  cast(dtype: DType): Tensor {
    return new Tensor(ops.cast(this.node, dtype));
  }

  /** Sum over axes, all when left out. */
  sum(axes?: Axes, keepDims = false): Tensor {
    return new Tensor(ops.sum(this.node, axes, keepDims));
  }
  mean(axes?: Axes, keepDims = false): Tensor {
    return new Tensor(ops.mean(this.node, axes, keepDims));
  }
  /** Largest element; ties share the derivative. */
  max(axes?: Axes, keepDims = false): Tensor {
    return new Tensor(ops.max(this.node, axes, keepDims));
  }
  min(axes?: Axes, keepDims = false): Tensor {
    return new Tensor(ops.min(this.node, axes, keepDims));
  }

  /** Another shape of the same elements in C order; one extent may be -1. */
  reshape(shape: readonly number[]): Tensor {
    return new Tensor(ops.reshape(this.node, shape));
  }
  transpose(permutation?: readonly number[]): Tensor {
    return new Tensor(ops.transpose(this.node, permutation));
  }
  broadcastTo(shape: readonly number[]): Tensor {
    return new Tensor(ops.broadcastTo(this.node, shape));
  }
  /** Python's `x[start:stop:step, …]`, positive steps. */
  slice(starts: readonly number[], stops: readonly (number | undefined)[] = [], steps?: readonly number[]): Tensor {
    return new Tensor(ops.slice(this.node, starts, stops, steps));
  }
  /** One position of an axis (default: the first axis), which disappears: `x.at(2)` is `x[2]`. */
  at(index: number, axis = 0): Tensor {
    return new Tensor(ops.pick(this.node, axis, index));
  }
  reverse(axes?: Axes): Tensor {
    return new Tensor(ops.reverse(this.node, axes));
  }
  /** Periodic shift to higher indices, as numpy.roll. */
  roll(shift: number, axis = -1): Tensor {
    return new Tensor(ops.roll(this.node, shift, axis));
  }
  /** Elements at constant indices of an axis. */
  take(indices: ArrayLike<number>, axis = 0): Tensor {
    return new Tensor(ops.take(this.node, indices, axis));
  }
  /** Adds entry j of the axis to position indices[j] of an axis of `size` zeros: the transpose of `take`. */
  scatterAdd(indices: ArrayLike<number>, size: number, axis = 0): Tensor {
    return new Tensor(ops.scatterAdd(this.node, indices, size, axis));
  }
  /** Widths before and after each axis, filled with `value`, periodically or with the edge's value. */
  pad(low: readonly number[], high: readonly number[], mode: ops.PadMode = "constant", value = 0): Tensor {
    return new Tensor(ops.pad(this.node, low, high, mode, value));
  }
  /** Convolution of [N, C, …] with weights [O, C/groups, …] (cross-correlation, as networks mean it). */
  conv(weights: TensorLike, options?: ConvolutionOptions): Tensor {
    return new Tensor(convolve(this.node, toNode(weights, this.dtype), options));
  }
  /** Transposed convolution of [N, C, …] with weights [C, O/groups, …]. */
  convTranspose(weights: TensorLike, options?: ConvolutionOptions & { readonly outputPadding?: PerAxis }): Tensor {
    return new Tensor(convolveTransposed(this.node, toNode(weights, this.dtype), options));
  }
  /** Largest element of each window of [N, C, …]; of equal ones the first has the derivative. */
  maxPool(options: PoolOptions): Tensor {
    return new Tensor(maxPool(this.node, options));
  }
  /** Mean of each window of [N, C, …]. */
  averagePool(options: PoolOptions & { readonly countPadding?: boolean }): Tensor {
    return new Tensor(averagePool(this.node, options));
  }
  /** Fourier transform of real values over the last one or two axes: [..., n/2+1, 2] with real and imaginary parts last. */
  rfft(dimensions: 1 | 2 = 1): Tensor {
    return new Tensor(ops.rfft(this.node, dimensions));
  }
  /**
   * The lower factor L of positive definite matrices […, n, n] = L Lᵀ; the lower triangle is read. NaN from the first pivot on
   * that isn't positive.
   */
  cholesky(): Tensor {
    return new Tensor(ops.cholesky(this.node));
  }
  /** This lower triangular matrix's inverse (or its transpose's) times B: L […, n, n], B […, n, m] or a vector [n]. */
  triangularSolve(right: TensorLike, options: { readonly transposed?: boolean } = {}): Tensor {
    const B = toNode(right, this.dtype);
    const { transposed = false } = options;
    if (B.shape.length !== 1) return new Tensor(ops.triangularSolve(this.node, B, transposed));
    const column = ops.reshape(B, [B.shape[0]!, 1]);
    return new Tensor(ops.reshape(ops.triangularSolve(this.node, column, transposed), B.shape));
  }
  /** Inverse of `rfft`, normalised; `length`: number of real points of the last axis. */
  irfft(length: number, dimensions: 1 | 2 = 1): Tensor {
    return new Tensor(ops.irfft(this.node, length, dimensions));
  }
}

/** The node of anything that stands for a tensor; numbers take the type of what they are combined with. */
export function toNode(value: TensorLike, dtype: DType = "float64"): Node {
  if (value instanceof Tensor) return value.node;
  const type = dtype === "float32" ? "float32" : "float64";
  if (typeof value === "number") return scalar(type === "float32" ? Math.fround(value) : value, type);
  const { data, shape } = toNdArray(value, "tensor");
  return constant(type === "float32" ? data.map(Math.fround) : data.slice(), shape, type);
}

/** A constant tensor from numbers. */
export function tensor(value: ArrayLike64): Tensor {
  return new Tensor(toNode(value));
}

/** `condition ? a : b` element by element. */
export function where(condition: Tensor, a: TensorLike, b: TensorLike): Tensor {
  const dtype = a instanceof Tensor ? a.dtype : b instanceof Tensor ? b.dtype : "float64";
  return new Tensor(ops.where(condition.node, toNode(a, dtype), toNode(b, dtype)));
}

/** Joins tensors of one shape along a new axis. */
export function stack(parts: readonly TensorLike[], axis = 0): Tensor {
  return new Tensor(
    ops.stack(
      parts.map((part) => toNode(part)),
      axis,
    ),
  );
}

/** Joins tensors along an axis. */
export function concat(parts: readonly TensorLike[], axis = 0): Tensor {
  return new Tensor(
    ops.concat(
      parts.map((part) => toNode(part)),
      axis,
    ),
  );
}

/** A tensor of one value. */
export function full(shape: readonly number[], value: number): Tensor {
  return new Tensor(ops.full(shape, value));
}

/**
 * The loop: `step(carry, x)` runs `length` times (or once per row of each of `xs`), each time on the carries of the step
 * before; what a step returns as `ys` is stacked along a new first axis. The size of the graph and the time to compile it
 * don't depend on `length`, and its derivatives are loops too. With `checkpoint` the derivative keeps O(√length) states and
 * runs steps twice. A loop without carries is a map over rows.
 */
export function scan(
  step: (carry: Tensor[], xs: Tensor[]) => { carry?: readonly TensorLike[]; ys?: readonly TensorLike[] },
  init: readonly TensorLike[],
  xs: readonly TensorLike[] = [],
  options: { length?: number; reverse?: boolean; checkpoint?: boolean } = {},
): { carry: Tensor[]; ys: Tensor[] } {
  const sequences = xs.map((x) => toNode(x));
  const length = options.length ?? sequences[0]?.shape[0];
  if (length === undefined) throw new ArgumentError("scan", "expected a length or sequences to run over, got neither");
  const wrap = (nodes: readonly Node[]): Tensor[] => nodes.map((node) => new Tensor(node));
  const nodeStep = (carry: readonly Node[], parts: readonly Node[]): { carry: Node[]; ys: Node[] } => {
    const result = step(wrap(carry), wrap(parts));
    return { carry: (result.carry ?? []).map((x) => toNode(x)), ys: (result.ys ?? []).map((y) => toNode(y)) };
  };
  const start = init.map((x) => toNode(x));
  if (options.checkpoint && options.reverse)
    throw new ArgumentError("scan", "checkpoint and reverse can't be combined: reverse the sequences instead");
  const { carry, ys } = options.checkpoint
    ? checkpointedScan(nodeStep, start, sequences, length)
    : scanNodes(nodeStep, start, sequences, { length, reverse: options.reverse ?? false });
  return { carry: wrap(carry), ys: wrap(ys) };
}
