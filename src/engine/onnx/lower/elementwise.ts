import { CapabilityError } from "../../errors/index.ts";
import type { ElementwiseName, Node, NodeOf } from "../../graph/node.ts";
import type { Emitter, Value } from "./emitter.ts";

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
  erf: (e, [x]) => {
    if (e.real === "float64")
      throw new CapabilityError("onnx", "erf has no float64 kernel in ONNX Runtime: use float32, or executor js");
    return e.unary("Erf", x!);
  },
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
