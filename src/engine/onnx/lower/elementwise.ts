import type { ElementwiseName, Node, NodeOf } from "../../graph/node.ts";
import { lowerAcos, lowerAsin, lowerAtan } from "./atan.ts";
import type { Emitter, Value } from "./emitter.ts";
import { lowerErf } from "./erf.ts";

type Rule<P extends ElementwiseName> = (e: Emitter, inputs: readonly Value[], node: NodeOf<P>) => Value;

const unary =
  (op: string): Rule<ElementwiseName> =>
  (e, [x]) =>
    e.unary(op, x!);
const binary =
  (op: string): Rule<ElementwiseName> =>
  (e, [a, b]) =>
    e.binary(op, a!, b!);
const compare =
  (op: string): Rule<ElementwiseName> =>
  (e, [a, b]) =>
    e.compare(op, a!, b!);

/** ln(1 + x) without loss for small x: ln(u) x / (u − 1) with u = 1 + x as rounded. */
function log1p(e: Emitter, x: Value): Value {
  const u = e.binary("Add", x, e.scalar(1));
  const small = e.compare("Equal", u, e.scalar(1));
  const infinite = e.compare("Greater", u, e.scalar(Number.MAX_VALUE));
  const scaled = e.binary("Div", e.binary("Mul", e.unary("Log", u), x), e.binary("Sub", u, e.scalar(1)));
  return e.where(small, x, e.where(infinite, u, scaled));
}

/** eˣ − 1 without loss for small x: (u − 1) x / ln u with u = eˣ as rounded. */
function expm1(e: Emitter, x: Value): Value {
  const u = e.unary("Exp", x);
  const above = e.binary("Sub", u, e.scalar(1));
  const scaled = e.binary("Div", e.binary("Mul", above, x), e.unary("Log", u));
  const plain = e.compare("Greater", e.unary("Abs", x), e.scalar(0.5));
  return e.where(e.compare("Equal", u, e.scalar(1)), x, e.where(plain, above, scaled));
}

/** log(1 + eˣ) = max(x, 0) + log1p(e^−|x|). */
function softplus(e: Emitter, x: Value): Value {
  return e.binary("Add", e.unary("Relu", x), log1p(e, e.unary("Exp", e.unary("Neg", e.unary("Abs", x)))));
}

/** An operator that ONNX Runtime has in float32 alone, and what it is composed of in float64. */
const single =
  (op: string, double: (e: Emitter, x: Value) => Value): Rule<ElementwiseName> =>
  (e, [x]) =>
    e.real === "float64" ? double(e, e.number(x!)) : e.unary(op, x!);

/** eˣ ± e⁻ˣ. */
function sumOfPowers(e: Emitter, op: "Add" | "Sub", x: Value): Value {
  return e.binary(op, e.unary("Exp", x), e.unary("Exp", e.unary("Neg", x)));
}

/** Half of eˣ − e⁻ˣ; with s = eˣ − 1 half of s + s/(s + 1) where x is small. */
function sinh(e: Emitter, x: Value): Value {
  const s = expm1(e, x);
  const near = e.binary("Add", s, e.binary("Div", s, e.binary("Add", s, e.scalar(1))));
  const small = e.compare("Less", e.unary("Abs", x), e.scalar(1));
  return e.binary("Mul", e.where(small, near, sumOfPowers(e, "Sub", x)), e.scalar(0.5));
}

/** ±ln(1 + |x| + x²/(1 + √(x² + 1))). */
function asinh(e: Emitter, x: Value): Value {
  const square = e.binary("Mul", x, x);
  const root = e.unary("Sqrt", e.binary("Add", square, e.scalar(1)));
  const rest = e.binary("Div", square, e.binary("Add", root, e.scalar(1)));
  return e.binary("Mul", e.unary("Sign", x), log1p(e, e.binary("Add", e.unary("Abs", x), rest)));
}

/** The elementwise primitives. */
export const ELEMENTWISE: { readonly [P in ElementwiseName]: Rule<P> } = {
  neg: unary("Neg"),
  exp: unary("Exp"),
  log: unary("Log"),
  log1p: (e, [x]) => log1p(e, e.number(x!)),
  expm1: (e, [x]) => expm1(e, e.number(x!)),
  sqrt: unary("Sqrt"),
  square: (e, [x]) => e.binary("Mul", x!, x!),
  sin: unary("Sin"),
  cos: unary("Cos"),
  tan: (e, [x]) => e.binary("Div", e.unary("Sin", x!), e.unary("Cos", x!)),
  tanh: unary("Tanh"),
  sigmoid: unary("Sigmoid"),
  relu: unary("Relu"),
  erf: single("Erf", lowerErf),
  asin: single("Asin", lowerAsin),
  acos: single("Acos", lowerAcos),
  atan: single("Atan", lowerAtan),
  sinh: (e, [x]) => sinh(e, e.number(x!)),
  cosh: (e, [x]) => e.binary("Mul", sumOfPowers(e, "Add", e.number(x!)), e.scalar(0.5)),
  asinh: (e, [x]) => asinh(e, e.number(x!)),
  acosh: (e, [x]) => {
    const root = e.unary("Sqrt", e.binary("Sub", e.binary("Mul", x!, x!), e.scalar(1)));
    return e.unary("Log", e.binary("Add", x!, root));
  },
  atanh: (e, [x]) => {
    const both = e.binary("Sub", log1p(e, e.number(x!)), log1p(e, e.unary("Neg", e.number(x!))));
    return e.binary("Mul", both, e.scalar(0.5));
  },
  round: unary("Round"),
  softplus: (e, [x]) => softplus(e, e.number(x!)),
  abs: unary("Abs"),
  sign: unary("Sign"),
  floor: unary("Floor"),
  clip: (e, [x], node) =>
    e.binary("Min", e.binary("Max", x!, e.scalar(node.attributes.low)), e.scalar(node.attributes.high)),
  cast: (e, [x], node) => {
    const { dtype } = node.attributes;
    if (dtype === "bool") return e.boolean(x!);
    const value = e.number(x!);
    if (dtype === "int32") return e.binary("Mul", e.unary("Sign", value), e.unary("Floor", e.unary("Abs", value)));
    if (dtype === "float32" && e.real === "float64") {
      const single = e.node("Cast", [value], value.shape, { to: 1 }, "float32");
      return e.node("Cast", [single], value.shape, { to: 11 });
    }
    return value;
  },
  add: binary("Add"),
  sub: binary("Sub"),
  mul: binary("Mul"),
  div: binary("Div"),
  pow: binary("Pow"),
  maximum: binary("Max"),
  minimum: binary("Min"),
  less: compare("Less"),
  lessEqual: compare("LessOrEqual"),
  equal: compare("Equal"),
  notEqual: (e, [a, b]) => {
    const same = e.compare("Equal", a!, b!);
    return e.node("Not", [same], same.shape, {}, "bool");
  },
  where: (e, [c, a, b]) => e.where(c!, a!, b!),
};

/** The rule of an elementwise node, if it is one. */
export function elementwiseRule(node: Node): ((e: Emitter, inputs: readonly Value[]) => Value) | undefined {
  if (!(node.op in ELEMENTWISE)) return undefined;
  const rule = ELEMENTWISE[node.op as ElementwiseName] as Rule<ElementwiseName>;
  return (e, inputs) => rule(e, inputs, node as NodeOf<ElementwiseName>);
}
