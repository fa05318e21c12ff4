import { ceil, truncate } from "../../../graph/activations.ts";
import { scalar } from "../../../graph/builder.ts";
import type { Node } from "../../../graph/node.ts";
import * as ops from "../../../graph/ops.ts";
import { elementType, isFloating, isInteger } from "../../proto/types.ts";
import type { OnnxCall, Output, Rule } from "../call.ts";

const unary =
  (f: (x: Node) => Node): Rule =>
  (call) =>
    f(call.x());
const binary =
  (f: (a: Node, b: Node) => Node): Rule =>
  (call) =>
    f(call.x(0), call.x(1));
/** Any number of operands. */
const variadic =
  (f: (a: Node, b: Node) => Node): Rule =>
  (call) =>
    operands(call).reduce(f);

function operands(call: OnnxCall): Node[] {
  if (call.inputs.length === 0) throw call.fail("expected at least one input, got none");
  return call.inputs.map((_, i) => call.x(i));
}

/** Quotients of integers are rounded toward zero. */
function divide(call: OnnxCall): Node {
  const quotient = ops.div(call.x(0), call.x(1));
  return call.counts() ? truncate(quotient) : quotient;
}

/** The remainder: of the divisor's sign, or (fmod) of the dividend's. */
function modulo(call: OnnxCall): Node {
  const [a, b] = [call.x(0), call.x(1)];
  const quotient = ops.div(a, b);
  const whole = call.integer("fmod", 0) === 1 ? truncate(quotient) : ops.floor(quotient);
  return ops.sub(a, ops.mul(b, whole));
}

function cast(call: OnnxCall): Output {
  const code = call.integer("to", 0);
  const type = elementType(code);
  if (type === undefined) throw call.unsupported(`the element type ${code}`);
  return castTo(call, type);
}

function castTo(call: OnnxCall, type: NonNullable<ReturnType<typeof elementType>>): Output {
  const x = call.x();
  if (type === "bool") return { node: ops.notEqual(x, scalar(0)), type };
  if (isInteger(type) && isFloating(call.type())) return { node: truncate(x), type };
  return { node: x.dtype === "bool" || x.dtype === "int32" ? ops.cast(x, "float64") : x, type };
}

const not = (x: Node): Node => ops.equal(x, scalar(0));
const truth = (x: Node): Node => ops.notEqual(x, scalar(0));

/** Operators that work element by element. */
export const elementwise: Readonly<Record<string, Rule>> = {
  Abs: unary(ops.abs),
  Acos: unary(ops.acos),
  Acosh: unary(ops.acosh),
  Add: binary(ops.add),
  And: binary((a, b) => truth(ops.mul(a, b))),
  Asin: unary(ops.asin),
  Asinh: unary(ops.asinh),
  Atan: unary(ops.atan),
  Atanh: unary(ops.atanh),
  Cast: cast,
  CastLike: (call) => castTo(call, call.type(1)),
  Ceil: unary(ceil),
  Cos: unary(ops.cos),
  Cosh: unary(ops.cosh),
  Div: divide,
  Dropout: (call) => {
    if (call.list(2, "training_mode")?.[0] === 1) throw call.unsupported("dropout in training mode");
    const x = call.x();
    return [x, { node: ops.cast(ops.full(x.shape, 1), "bool"), type: "bool" }];
  },
  Equal: binary(ops.equal),
  Erf: unary(ops.erf),
  Exp: unary(ops.exp),
  Floor: unary(ops.floor),
  Greater: binary((a, b) => ops.less(b, a)),
  GreaterOrEqual: binary((a, b) => ops.lessEqual(b, a)),
  Identity: (call) => call.value(0),
  IsInf: (call) => {
    const [down, up] = [call.integer("detect_negative", 1) === 1, call.integer("detect_positive", 1) === 1];
    if (down && up) return ops.equal(ops.abs(call.x()), scalar(Number.POSITIVE_INFINITY));
    if (!down && !up) return ops.notEqual(ops.full(call.x().shape, 0), scalar(0));
    return ops.equal(call.x(), scalar(up ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY));
  },
  IsNaN: unary((x) => ops.notEqual(x, x)),
  Less: binary(ops.less),
  LessOrEqual: binary(ops.lessEqual),
  Log: unary(ops.log),
  Max: variadic(ops.maximum),
  Mean: (call) => ops.div(operands(call).reduce(ops.add), scalar(call.inputs.length)),
  Min: variadic(ops.minimum),
  Mod: modulo,
  Mul: binary(ops.mul),
  Neg: unary(ops.neg),
  Not: unary(not),
  Or: binary((a, b) => truth(ops.add(a, b))),
  Pow: binary(ops.pow),
  Reciprocal: unary((x) => ops.div(scalar(1), x)),
  Round: unary(ops.round),
  Sign: unary(ops.sign),
  Sin: unary(ops.sin),
  Sinh: unary(ops.sinh),
  Sqrt: unary(ops.sqrt),
  Sub: binary(ops.sub),
  Sum: variadic(ops.add),
  Tan: unary(ops.tan),
  Where: (call) => ({ node: ops.where(call.x(0), call.x(1), call.x(2)), type: call.type(1) }),
  Xor: binary((a, b) => ops.notEqual(truth(a), truth(b))),
};
