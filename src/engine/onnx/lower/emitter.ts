import { broadcastShapes } from "../../graph/ops.ts";
import { sizeOf } from "../../tensor/index.ts";
import type { OnnxAttribute, OnnxNode, OnnxTensor, OnnxType } from "../write/model.ts";

/** A value of the ONNX graph that is being written. */
export interface Value {
  readonly name: string;
  readonly type: OnnxType;
  readonly shape: readonly number[];
}

/** Names, nodes and constants of one ONNX graph; bodies of loops have an emitter of their own that shares the names. */
export class Emitter {
  readonly real: "float32" | "float64";
  readonly nodes: OnnxNode[] = [];
  readonly constants: OnnxTensor[];
  readonly #names: { next: number };
  readonly #known: Map<string, Value>;

  constructor(real: "float32" | "float64", parent?: Emitter) {
    this.real = real;
    this.constants = parent?.constants ?? [];
    this.#names = parent === undefined ? { next: 0 } : parent.#names;
    this.#known = parent === undefined ? new Map() : parent.#known;
  }

  /** An emitter for the body of a loop: its constants stand in the outermost graph. */
  inner(): Emitter {
    return new Emitter(this.real, this);
  }

  fresh(): string {
    return `v${this.#names.next++}`;
  }

  /** A node with one result. */
  node(
    op: string,
    inputs: readonly (Value | "")[],
    shape: readonly number[],
    attributes: Record<string, OnnxAttribute> = {},
    type: OnnxType = this.real,
  ): Value {
    const name = this.fresh();
    this.nodes.push({
      op,
      inputs: inputs.map((input) => (input === "" ? "" : input.name)),
      outputs: [name],
      attributes,
    });
    return { name, type, shape };
  }

  constant(data: ArrayLike<number>, shape: readonly number[], type: OnnxType = this.real): Value {
    const key =
      data.length <= 64
        ? `${type}[${shape.join()}]${Array.from(data, (x) => (Object.is(x, -0) ? "-0" : x)).join()}`
        : undefined;
    const known = key === undefined ? undefined : this.#known.get(key);
    if (known !== undefined) return known;
    const value: Value = { name: this.fresh(), type, shape };
    this.constants.push({ name: value.name, type, shape: [...shape], data });
    if (key !== undefined) this.#known.set(key, value);
    return value;
  }

  scalar(value: number): Value {
    return this.constant([value], []);
  }

  integers(values: readonly number[]): Value {
    return this.constant(values, [values.length], "int64");
  }

  /** A value as numbers: comparisons give booleans, which our graphs use as 0 and 1. */
  number(value: Value): Value {
    return value.type === this.real
      ? value
      : this.node("Cast", [value], value.shape, { to: this.real === "float64" ? 11 : 1 });
  }

  /** A value as booleans. */
  boolean(value: Value): Value {
    return value.type === "bool" ? value : this.node("Cast", [value], value.shape, { to: 9 }, "bool");
  }

  binary(op: string, a: Value, b: Value): Value {
    return this.node(op, [this.number(a), this.number(b)], broadcastShapes(op, [a.shape, b.shape]));
  }

  unary(op: string, x: Value): Value {
    return this.node(op, [this.number(x)], x.shape);
  }

  reshape(x: Value, shape: readonly number[]): Value {
    return this.node("Reshape", [x, this.integers(shape)], shape, sizeOf(shape) === 0 ? { allowzero: 1 } : {}, x.type);
  }

  transpose(x: Value, permutation: readonly number[]): Value {
    return this.node(
      "Transpose",
      [x],
      permutation.map((axis) => x.shape[axis]!),
      { perm: permutation },
      x.type,
    );
  }

  slice(x: Value, starts: readonly number[], stops: readonly number[], steps: readonly number[]): Value {
    const shape = starts.map((start, axis) => Math.max(0, Math.ceil((stops[axis]! - start) / steps[axis]!)));
    return this.node(
      "Slice",
      [
        x,
        this.integers(starts),
        this.integers(stops),
        this.integers(starts.map((_, axis) => axis)),
        this.integers(steps),
      ],
      shape,
      {},
      x.type,
    );
  }

  /** Positions `from`…`to` of one axis. */
  cut(x: Value, axis: number, from: number, to: number, step = 1): Value {
    return this.slice(
      x,
      x.shape.map((_, i) => (i === axis ? from : 0)),
      x.shape.map((extent, i) => (i === axis ? to : extent)),
      x.shape.map((_, i) => (i === axis ? step : 1)),
    );
  }

  concat(parts: readonly Value[], axis: number): Value {
    if (parts.length === 1) return parts[0]!;
    const [first] = parts as [Value];
    const extent = parts.reduce((sum, part) => sum + part.shape[axis]!, 0);
    return this.node(
      "Concat",
      parts.map((part) => this.number(part)),
      first.shape.map((own, i) => (i === axis ? extent : own)),
      { axis },
    );
  }

  /** Zeros around each axis. */
  pad(x: Value, low: readonly number[], high: readonly number[]): Value {
    if ([...low, ...high].every((width) => width === 0)) return x;
    const shape = x.shape.map((extent, axis) => extent + low[axis]! + high[axis]!);
    return this.node("Pad", [this.number(x), this.integers([...low, ...high]), this.scalar(0)], shape);
  }

  zeros(shape: readonly number[]): Value {
    return this.node("Expand", [this.scalar(0), this.integers(shape)], shape);
  }

  sum(x: Value, axes: readonly number[]): Value {
    return this.node(
      "ReduceSum",
      [this.number(x), this.integers(axes)],
      x.shape.filter((_, axis) => !axes.includes(axis)),
      { keepdims: 0 },
    );
  }

  matmul(a: Value, b: Value): Value {
    const batch = broadcastShapes("MatMul", [a.shape.slice(0, -2), b.shape.slice(0, -2)]);
    return this.node("MatMul", [this.number(a), this.number(b)], [...batch, a.shape.at(-2)!, b.shape.at(-1)!]);
  }

  where(condition: Value, a: Value, b: Value): Value {
    return this.node(
      "Where",
      [this.boolean(condition), this.number(a), this.number(b)],
      broadcastShapes("Where", [condition.shape, a.shape, b.shape]),
    );
  }

  compare(op: string, a: Value, b: Value): Value {
    return this.node(op, [this.number(a), this.number(b)], broadcastShapes(op, [a.shape, b.shape]), {}, "bool");
  }
}
