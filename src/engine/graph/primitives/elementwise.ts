import { sizeOf } from "../../tensor/index.ts";
import { constantValue, make, scalar } from "../builder.ts";
import type { AttributeTypes, DType, ElementwiseName, ElementwiseRule, Node, NodeOf, Primitive } from "../node.ts";
import {
  add,
  broadcastTo,
  cast,
  cos,
  cosh,
  div,
  equal,
  exp,
  full,
  less,
  lessEqual,
  log,
  mul,
  neg,
  pow,
  sigmoid,
  sign,
  sin,
  sinh,
  sqrt,
  square,
  sub,
  where,
} from "../ops.ts";
import { erf } from "./erf.ts";

/** What is particular to an elementwise primitive; JVP, VJP, batching and evaluation follow from it. */
interface Definition {
  readonly f: (...operands: number[]) => number;
  readonly js: (...operands: string[]) => string;
  readonly cost: number;
  /**
   * Derivatives by operand, each applied to a tangent or cotangent `t` of the result's shape: elementwise maps are their
   * own transposes. `null`: the derivative vanishes.
   */
  readonly partials: readonly (((t: Node, inputs: readonly Node[], output: Node) => Node) | null)[];
  readonly simplify?: (inputs: readonly Node[], attributes: object) => Node | undefined;
  readonly dtype?: DType;
}

/** The result's type: float64 unless all operands are float32. */
export function promote(inputs: readonly Node[]): DType {
  return inputs.some((input) => input.dtype === "float64")
    ? "float64"
    : inputs.some((input) => input.dtype === "float32")
      ? "float32"
      : "float64";
}

/** The primitives without attributes that work element by element. */
type PlainName = Exclude<ElementwiseName, "clip" | "cast">;

/** An elementwise primitive from its definition. */
function elementwise(op: PlainName, definition: Definition): Primitive<PlainName> {
  const { f, js, cost, partials, simplify } = definition;
  const rule: ElementwiseRule = { f, js, cost };
  const accumulate = (terms: readonly (Node | null)[]): Node | null => {
    let total: Node | null = null;
    for (const term of terms) if (term !== null) total = total === null ? term : add(total, term);
    return total;
  };
  return {
    elementwise: rule,
    infer: (inputs) => ({
      shape: inputs[0]!.shape,
      dtype: definition.dtype ?? promote(op === "where" ? inputs.slice(1) : inputs),
    }),
    ...(simplify === undefined ? {} : { simplify }),
    jvp: (_node, inputs, output, tangents) =>
      accumulate(
        tangents.map((tangent, i) => {
          const partial = partials[i];
          return tangent === null || partial === null || partial === undefined
            ? null
            : partial(tangent, inputs, output);
        }),
      ),
    vjp: (_node, inputs, output, cotangent) => inputs.map((_, i) => partials[i]?.(cotangent, inputs, output) ?? null),
    batch: (node, inputs, batched, size) => make(op, alignBatch(node, inputs, batched, size), {}),
    evaluate: (node, inputs) => {
      const out = new Float64Array(sizeOf(node.shape));
      const operands = inputs.map((input) => input.data);
      const single = node.dtype === "float32";
      for (let i = 0; i < out.length; i++) {
        const value = f(...operands.map((data) => data[i]!));
        out[i] = single ? Math.fround(value) : value;
      }
      return out;
    },
  };
}

/** Gives every operand the leading batch axis. */
export function alignBatch(
  node: Pick<Node, "inputs">,
  inputs: readonly Node[],
  batched: readonly boolean[],
  size: number,
): Node[] {
  return inputs.map((input, i) => (batched[i] ? input : broadcastTo(input, [size, ...node.inputs[i]!.shape])));
}

const half = (t: Node, wins: Node, ties: Node): Node =>
  where(ties, mul(t, scalar(0.5)), where(wins, t, full(t.shape, 0)));
const zero = (t: Node): Node => full(t.shape, 0);
const math =
  (name: string) =>
  (x: string): string =>
    `Math.${name}(${x})`;

function isPowerOfTwo(value: number): boolean {
  return (
    value !== 0 &&
    Number.isFinite(1 / value) &&
    1 / (1 / value) === value &&
    Number.isInteger(Math.log2(Math.abs(value)))
  );
}

/** Adding and taking away 1.5·2⁵² leaves the nearest integer, the even one of two; from 2⁵¹ on nothing is to be rounded. */
function roundHalfEven(x: number): number {
  return Math.abs(x) < 2 ** 51 ? x + 1.5 * 2 ** 52 - 1.5 * 2 ** 52 : x;
}
const roundText = (x: string): string =>
  `(Math.abs(${x}) < ${2 ** 51} ? ${x} + ${1.5 * 2 ** 52} - ${1.5 * 2 ** 52} : ${x})`;

export const elementwisePrimitives: { readonly [P in PlainName]: Primitive<PlainName> } = {
  neg: elementwise("neg", {
    f: (x) => -x!,
    js: (x) => `(-${x})`,
    cost: 1,
    partials: [(t) => neg(t)],
    simplify: ([x]) => (x!.op === "neg" ? x!.inputs[0] : undefined),
  }),
  exp: elementwise("exp", { f: (x) => Math.exp(x!), js: math("exp"), cost: 20, partials: [(t, _, y) => mul(t, y)] }),
  log: elementwise("log", { f: (x) => Math.log(x!), js: math("log"), cost: 20, partials: [(t, [x]) => div(t, x!)] }),
  log1p: elementwise("log1p", {
    f: (x) => Math.log1p(x!),
    js: math("log1p"),
    cost: 25,
    partials: [(t, [x]) => div(t, add(x!, scalar(1)))],
  }),
  expm1: elementwise("expm1", {
    f: (x) => Math.expm1(x!),
    js: math("expm1"),
    cost: 25,
    partials: [(t, [x]) => mul(t, exp(x!))],
  }),
  sqrt: elementwise("sqrt", {
    f: (x) => Math.sqrt(x!),
    js: math("sqrt"),
    cost: 4,
    partials: [(t, _, y) => div(mul(t, scalar(0.5)), y)],
  }),
  square: elementwise("square", {
    f: (x) => x! * x!,
    js: (x) => `(${x} * ${x})`,
    cost: 1,
    partials: [(t, [x]) => mul(t, mul(scalar(2), x!))],
  }),
  sin: elementwise("sin", {
    f: (x) => Math.sin(x!),
    js: math("sin"),
    cost: 20,
    partials: [(t, [x]) => mul(t, cos(x!))],
  }),
  cos: elementwise("cos", {
    f: (x) => Math.cos(x!),
    js: math("cos"),
    cost: 20,
    partials: [(t, [x]) => neg(mul(t, sin(x!)))],
  }),
  tan: elementwise("tan", {
    f: (x) => Math.tan(x!),
    js: math("tan"),
    cost: 25,
    partials: [(t, _, y) => mul(t, add(square(y), scalar(1)))],
  }),
  tanh: elementwise("tanh", {
    f: (x) => Math.tanh(x!),
    js: math("tanh"),
    cost: 30,
    partials: [(t, _, y) => mul(t, sub(scalar(1), square(y)))],
  }),
  sigmoid: elementwise("sigmoid", {
    f: (x) => 1 / (1 + Math.exp(-x!)),
    js: (x) => `(1 / (1 + Math.exp(-${x})))`,
    cost: 22,
    partials: [(t, _, y) => mul(t, mul(y, sub(scalar(1), y)))],
  }),
  relu: elementwise("relu", {
    f: (x) => (x! < 0 ? 0 : x!),
    js: (x) => `(${x} < 0 ? 0 : ${x})`,
    cost: 1,
    partials: [(t, [x]) => where(less(full(t.shape, 0), x!), t, zero(t))],
  }),
  erf: elementwise("erf", {
    f: (x) => erf(x!),
    js: (x) => `H.erf(${x})`,
    cost: 30,
    partials: [(t, [x]) => mul(mul(t, scalar(2 / Math.sqrt(Math.PI))), exp(neg(square(x!))))],
  }),
  softplus: elementwise("softplus", {
    f: (x) => Math.log1p(Math.exp(-Math.abs(x!))) + (x! < 0 ? 0 : x!),
    js: (x) => `(Math.log1p(Math.exp(-Math.abs(${x}))) + (${x} < 0 ? 0 : ${x}))`,
    cost: 45,
    partials: [(t, [x]) => mul(t, sigmoid(x!))],
  }),
  abs: elementwise("abs", {
    f: (x) => Math.abs(x!),
    js: math("abs"),
    cost: 1,
    partials: [(t, [x]) => mul(t, sign(x!))],
  }),
  sign: elementwise("sign", { f: (x) => Math.sign(x!), js: math("sign"), cost: 1, partials: [null] }),
  floor: elementwise("floor", { f: (x) => Math.floor(x!), js: math("floor"), cost: 1, partials: [null] }),
  round: elementwise("round", { f: (x) => roundHalfEven(x!), js: roundText, cost: 3, partials: [null] }),
  asin: elementwise("asin", {
    f: (x) => Math.asin(x!),
    js: math("asin"),
    cost: 25,
    partials: [(t, [x]) => div(t, sqrt(sub(scalar(1), square(x!))))],
  }),
  acos: elementwise("acos", {
    f: (x) => Math.acos(x!),
    js: math("acos"),
    cost: 25,
    partials: [(t, [x]) => neg(div(t, sqrt(sub(scalar(1), square(x!)))))],
  }),
  atan: elementwise("atan", {
    f: (x) => Math.atan(x!),
    js: math("atan"),
    cost: 25,
    partials: [(t, [x]) => div(t, add(square(x!), scalar(1)))],
  }),
  sinh: elementwise("sinh", {
    f: (x) => Math.sinh(x!),
    js: math("sinh"),
    cost: 30,
    partials: [(t, [x]) => mul(t, cosh(x!))],
  }),
  cosh: elementwise("cosh", {
    f: (x) => Math.cosh(x!),
    js: math("cosh"),
    cost: 30,
    partials: [(t, [x]) => mul(t, sinh(x!))],
  }),
  asinh: elementwise("asinh", {
    f: (x) => Math.asinh(x!),
    js: math("asinh"),
    cost: 30,
    partials: [(t, [x]) => div(t, sqrt(add(square(x!), scalar(1))))],
  }),
  acosh: elementwise("acosh", {
    f: (x) => Math.acosh(x!),
    js: math("acosh"),
    cost: 30,
    partials: [(t, [x]) => div(t, sqrt(sub(square(x!), scalar(1))))],
  }),
  atanh: elementwise("atanh", {
    f: (x) => Math.atanh(x!),
    js: math("atanh"),
    cost: 30,
    partials: [(t, [x]) => div(t, sub(scalar(1), square(x!)))],
  }),
  add: elementwise("add", {
    f: (a, b) => a! + b!,
    js: (a, b) => `(${a} + ${b})`,
    cost: 1,
    partials: [(t) => t, (t) => t],
    simplify: ([a, b]) =>
      constantValue(a!) === 0
        ? b
        : constantValue(b!) === 0
          ? a
          : b!.op === "neg"
            ? sub(a!, b!.inputs[0]!)
            : a!.op === "neg"
              ? sub(b!, a!.inputs[0]!)
              : undefined,
  }),
  sub: elementwise("sub", {
    f: (a, b) => a! - b!,
    js: (a, b) => `(${a} - ${b})`,
    cost: 1,
    partials: [(t) => t, (t) => neg(t)],
    simplify: ([a, b]) =>
      constantValue(b!) === 0
        ? a
        : constantValue(a!) === 0
          ? neg(b!)
          : b!.op === "neg"
            ? add(a!, b!.inputs[0]!)
            : undefined,
  }),
  mul: elementwise("mul", {
    f: (a, b) => a! * b!,
    js: (a, b) => `(${a} * ${b})`,
    cost: 1,
    partials: [(t, [, b]) => mul(t, b!), (t, [a]) => mul(t, a!)],
    simplify: ([a, b]) => {
      if (a === b) return square(a!);
      const [left, right] = [constantValue(a!), constantValue(b!)];
      if (left === 1) return b;
      if (right === 1) return a;
      if (left === -1) return neg(b!);
      if (right === -1) return neg(a!);
      return undefined;
    },
  }),
  div: elementwise("div", {
    f: (a, b) => a! / b!,
    js: (a, b) => `(${a} / ${b})`,
    cost: 2,
    partials: [(t, [, b]) => div(t, b!), (t, [, b], y) => neg(div(mul(t, y), b!))],
    simplify: ([a, b]) => {
      const divisor = constantValue(b!);
      if (divisor === 1) return a;
      return divisor !== undefined && isPowerOfTwo(divisor) ? mul(a!, full(a!.shape, 1 / divisor)) : undefined;
    },
  }),
  pow: elementwise("pow", {
    f: (a, b) => a! ** b!,
    js: (a, b) => `(${a} ** ${b})`,
    cost: 40,
    partials: [
      (t, [a, b]) => {
        const slope = mul(t, mul(b!, pow(a!, sub(b!, scalar(1)))));
        return constantValue(b!) !== undefined ? slope : where(equal(b!, full(t.shape, 0)), zero(t), slope);
      },
      (t, [a], y) => {
        const outside = lessEqual(a!, full(t.shape, 0));
        return where(outside, zero(t), mul(t, mul(y, log(where(outside, full(t.shape, 1), a!)))));
      },
    ],
    simplify: ([a, b]) => {
      const exponent = constantValue(b!);
      if (exponent === 1) return a;
      if (exponent === 2) return square(a!);
      if (exponent === 3) return mul(square(a!), a!);
      if (exponent === -1) return div(full(a!.shape, 1), a!);
      if (exponent === 0) return full(a!.shape, 1);
      return undefined;
    },
  }),
  maximum: elementwise("maximum", {
    f: (a, b) => Math.max(a!, b!),
    js: (a, b) => `Math.max(${a}, ${b})`,
    cost: 2,
    partials: [
      (t, [a, b]) => half(t, less(b!, a!), equal(a!, b!)),
      (t, [a, b]) => half(t, less(a!, b!), equal(a!, b!)),
    ],
  }),
  minimum: elementwise("minimum", {
    f: (a, b) => Math.min(a!, b!),
    js: (a, b) => `Math.min(${a}, ${b})`,
    cost: 2,
    partials: [
      (t, [a, b]) => half(t, less(a!, b!), equal(a!, b!)),
      (t, [a, b]) => half(t, less(b!, a!), equal(a!, b!)),
    ],
  }),
  less: elementwise("less", {
    f: (a, b) => Number(a! < b!),
    js: (a, b) => `(${a} < ${b} ? 1 : 0)`,
    cost: 1,
    partials: [null, null],
    dtype: "bool",
  }),
  lessEqual: elementwise("lessEqual", {
    f: (a, b) => Number(a! <= b!),
    js: (a, b) => `(${a} <= ${b} ? 1 : 0)`,
    cost: 1,
    partials: [null, null],
    dtype: "bool",
  }),
  equal: elementwise("equal", {
    f: (a, b) => Number(a! === b!),
    js: (a, b) => `(${a} === ${b} ? 1 : 0)`,
    cost: 1,
    partials: [null, null],
    dtype: "bool",
  }),
  notEqual: elementwise("notEqual", {
    f: (a, b) => Number(a! !== b!),
    js: (a, b) => `(${a} !== ${b} ? 1 : 0)`,
    cost: 1,
    partials: [null, null],
    dtype: "bool",
  }),
  where: elementwise("where", {
    f: (c, a, b) => (c! !== 0 ? a! : b!),
    js: (c, a, b) => `(${c} !== 0 ? ${a} : ${b})`,
    cost: 1,
    partials: [null, (t, [c]) => where(c!, t, zero(t)), (t, [c]) => where(c!, zero(t), t)],
    simplify: ([c, a, b]) => {
      const condition = constantValue(c!);
      return a === b ? a : condition === undefined ? undefined : condition !== 0 ? a : b;
    },
  }),
};

/** Limits `low ≤ x ≤ high`; the derivative is 1 on the limits themselves, as PyTorch's. */
export const clipPrimitive: Primitive<"clip"> = {
  ...attributed("clip", (x, { low, high }) => (x < low ? low : x > high ? high : x)),
  jvp: (node, [x], _output, [t]) => (t == null ? null : within(node, x!, t)),
  vjp: (node, [x], _output, t) => [within(node, x!, t)],
};

function within(node: NodeOf<"clip">, x: Node, t: Node): Node {
  const inside = mul(
    lessEqual(full(x.shape, node.attributes.low), x),
    lessEqual(x, full(x.shape, node.attributes.high)),
  );
  return where(inside, t, zero(t));
}

/** Conversion of the element type: rounds to float32, truncates to int32, compares with zero for bool. */
export const castPrimitive: Primitive<"cast"> = {
  ...attributed("cast", (x, { dtype }) =>
    dtype === "float32" ? Math.fround(x) : dtype === "int32" ? Math.trunc(x) : dtype === "bool" ? Number(x !== 0) : x,
  ),
  infer: ([x], { dtype }) => ({ shape: x!.shape, dtype }),
  jvp: (node, _inputs, _output, [t]) =>
    t == null || !isFloat(node.attributes.dtype) ? null : cast(t, node.attributes.dtype),
  vjp: (node, [x], _output, t) => [isFloat(node.attributes.dtype) && isFloat(x!.dtype) ? cast(t, x!.dtype) : null],
};

/** Whether values of a type have derivatives. */
export function isFloat(dtype: DType): boolean {
  return dtype === "float64" || dtype === "float32";
}

function attributed<P extends "clip" | "cast">(
  op: P,
  f: (x: number, attributes: AttributeTypes[P]) => number,
): Pick<Primitive<P>, "infer" | "batch" | "evaluate"> {
  return {
    infer: ([x]) => ({ shape: x!.shape, dtype: promote([x!]) }),
    batch: (node, [x]) => make(op, [x!], node.attributes),
    evaluate: (node, [x]) => {
      const out = x!.data.map((value) => f(value, node.attributes));
      return node.dtype === "float32" ? out.map(Math.fround) : out;
    },
  };
}
