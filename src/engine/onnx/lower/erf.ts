import { ERF_COEFFICIENTS } from "../../graph/primitives/erf.ts";
import type { Emitter, Value } from "./emitter.ts";

/** Horner's rule in Cody's order, for numerator and denominator at once. */
function ratio(e: Emitter, p: readonly number[], q: readonly number[], z: Value): Value {
  const last = q.length - 1;
  let above = e.binary("Mul", z, e.scalar(p[last + 1]!));
  let below = z;
  for (let i = 0; i < last; i++) {
    above = e.binary("Mul", e.binary("Add", above, e.scalar(p[i]!)), z);
    below = e.binary("Mul", e.binary("Add", below, e.scalar(q[i]!)), z);
  }
  return e.binary("Div", e.binary("Add", above, e.scalar(p[last]!)), e.binary("Add", below, e.scalar(q[last]!)));
}

/** The error function of float64, which ONNX Runtime lacks, in the steps of the evaluation in JavaScript. [Cody1969] */
export function lowerErf(e: Emitter, x: Value): Value {
  const { A, B, C, D, P, Q } = ERF_COEFFICIENTS;
  const y = e.binary("Min", e.unary("Abs", x), e.scalar(6));
  const inner = e.binary("Mul", x, ratio(e, A, B, e.binary("Mul", y, y)));
  // Arguments of the branches that aren't taken are kept where those are finite.
  const beyond = e.binary("Max", y, e.scalar(0.46875));
  const far = e.binary("Max", y, e.scalar(4));
  const z = e.binary("Div", e.scalar(1), e.binary("Mul", far, far));
  const outer = e.binary(
    "Div",
    e.binary("Sub", e.scalar(1 / Math.sqrt(Math.PI)), e.binary("Mul", z, ratio(e, P, Q, z))),
    far,
  );
  const tail = e.where(e.compare("LessOrEqual", y, e.scalar(4)), ratio(e, C, D, beyond), outer);
  const cut = e.binary("Div", e.unary("Floor", e.binary("Mul", beyond, e.scalar(16))), e.scalar(16));
  const rest = e.binary("Mul", e.binary("Sub", beyond, cut), e.binary("Add", beyond, cut));
  const decay = e.binary(
    "Mul",
    e.unary("Exp", e.unary("Neg", e.binary("Mul", cut, cut))),
    e.unary("Exp", e.unary("Neg", rest)),
  );
  const complement = e.binary("Mul", decay, tail);
  const positive = e.binary("Add", e.binary("Sub", e.scalar(0.5), complement), e.scalar(0.5));
  return e.where(e.compare("LessOrEqual", y, e.scalar(0.46875)), inner, e.binary("Mul", e.unary("Sign", x), positive));
}
