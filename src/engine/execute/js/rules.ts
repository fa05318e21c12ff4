import type { PrimitiveName } from "../../graph/node.ts";

/**
 * How each primitive becomes JavaScript:
 * - leaf: parameters and constants, which have a place already;
 * - elementwise: an expression inside a loop;
 * - view: index arithmetic on its operand, no code of its own;
 * - region: its operands are written into parts of its buffer;
 * - reduction: accumulators inside a loop;
 * - call: a routine on whole buffers;
 * - loop: `scan`, and `get` for its results.
 */
export type RuleKind = "leaf" | "elementwise" | "view" | "region" | "reduction" | "call" | "loop" | "result";

export const RULES: { readonly [P in PrimitiveName]: RuleKind } = {
  input: "leaf",
  constant: "leaf",
  neg: "elementwise",
  exp: "elementwise",
  log: "elementwise",
  log1p: "elementwise",
  expm1: "elementwise",
  sqrt: "elementwise",
  square: "elementwise",
  sin: "elementwise",
  cos: "elementwise",
  tan: "elementwise",
  tanh: "elementwise",
  sigmoid: "elementwise",
  relu: "elementwise",
  abs: "elementwise",
  sign: "elementwise",
  floor: "elementwise",
  asin: "elementwise",
  acos: "elementwise",
  atan: "elementwise",
  sinh: "elementwise",
  cosh: "elementwise",
  asinh: "elementwise",
  acosh: "elementwise",
  atanh: "elementwise",
  round: "elementwise",
  clip: "elementwise",
  cast: "elementwise",
  add: "elementwise",
  sub: "elementwise",
  mul: "elementwise",
  div: "elementwise",
  pow: "elementwise",
  maximum: "elementwise",
  minimum: "elementwise",
  less: "elementwise",
  lessEqual: "elementwise",
  equal: "elementwise",
  notEqual: "elementwise",
  where: "elementwise",
  sum: "reduction",
  max: "reduction",
  min: "reduction",
  matmul: "call",
  reshape: "view",
  transpose: "view",
  broadcast: "view",
  slice: "view",
  reverse: "view",
  concat: "region",
  pad: "region",
  roll: "view",
  take: "call",
  scatterAdd: "call",
  rfft: "call",
  irfft: "call",
  erf: "elementwise",
  softplus: "elementwise",
  conv: "call",
  convInput: "call",
  convWeight: "call",
  maxPool: "call",
  maxPoolPick: "call",
  maxPoolScatter: "call",
  scan: "loop",
  get: "result",
};
