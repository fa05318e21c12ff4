import type { Emitter, Value } from "./emitter.ts";

const NUMERATOR = [
  -0.8750608600031904, -16.157537187333652, -75.00855792314705, -122.88666844901361, -64.85021904942025,
];
const DENOMINATOR = [
  1, 24.858464901423062, 165.02700983169885, 432.88106049129027, 485.3903996359137, 194.5506571482614,
];

function polynomial(e: Emitter, coefficients: readonly number[], z: Value): Value {
  const [first = 0, ...rest] = coefficients;
  return rest.reduce((value: Value, own) => e.binary("Add", e.binary("Mul", value, z), e.scalar(own)), e.scalar(first));
}

/** The inverse tangent of float64, which ONNX Runtime lacks: three intervals, a rational function in x². [Moshier1989] */
export function lowerAtan(e: Emitter, x: Value): Value {
  const size = e.unary("Abs", x);
  const far = e.compare("Greater", size, e.scalar(1 + Math.SQRT2));
  const middle = e.compare("Greater", size, e.scalar(0.66));
  const inverse = e.binary("Div", e.scalar(-1), e.binary("Max", size, e.scalar(1)));
  const turned = e.binary("Div", e.binary("Sub", size, e.scalar(1)), e.binary("Add", size, e.scalar(1)));
  const t = e.where(far, inverse, e.where(middle, turned, size));
  const start = e.where(far, e.scalar(Math.PI / 2), e.where(middle, e.scalar(Math.PI / 4), e.scalar(0)));
  const z = e.binary("Mul", t, t);
  const ratio = e.binary("Div", polynomial(e, NUMERATOR, z), polynomial(e, DENOMINATOR, z));
  const near = e.binary("Add", e.binary("Mul", t, e.binary("Mul", z, ratio)), t);
  return e.binary("Mul", e.unary("Sign", x), e.binary("Add", start, near));
}

/** asin x = atan(x / √((1 − x)(1 + x))). */
export function lowerAsin(e: Emitter, x: Value): Value {
  const product = e.binary("Mul", e.binary("Sub", e.scalar(1), x), e.binary("Add", e.scalar(1), x));
  return lowerAtan(e, e.binary("Div", x, e.unary("Sqrt", product)));
}

/** acos x = 2 atan √((1 − x)/(1 + x)). */
export function lowerAcos(e: Emitter, x: Value): Value {
  const ratio = e.binary("Div", e.binary("Sub", e.scalar(1), x), e.binary("Add", e.scalar(1), x));
  return e.binary("Mul", e.scalar(2), lowerAtan(e, e.unary("Sqrt", ratio)));
}
