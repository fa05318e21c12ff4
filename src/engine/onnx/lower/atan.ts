import type { Emitter, Value } from "./emitter.ts";

const NUMERATOR = [
  -8.750608600031904122785e-1, -1.615753718733365076637e1, -7.50085579231470466734e1, -1.22886668449013617341e2,
  -6.485021904942025371773e1,
];
const DENOMINATOR = [
  1, 2.485846490142306297962e1, 1.650270098316988542046e2, 4.328810604912902668951e2, 4.853903996359136964868e2,
  1.945506571482613964425e2,
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
