import type { Node } from "../../graph/node.ts";
import { type Code, OP, type SimdName, V128 } from "./code.ts";
import { isMathName, type MathName } from "./math.ts";

/** Functions that a kernel may call: both make sure that they are there and give the name to call. */
export interface Callables {
  /** A function of JavaScript on doubles. */
  importing(name: string, arity: number): string;
  /** An elementary function of a vector. */
  math(name: MathName): string;
}

/** 1.5·2⁵², by which numbers below 2⁵¹ are rounded to integers, the even one of two. */
const ROUNDING = 1.5 * 2 ** 52;

/** Instructions that do what an elementwise primitive does. */
const DIRECT: Readonly<Record<string, SimdName>> = {
  add: "add",
  sub: "sub",
  mul: "mul",
  div: "div",
  neg: "neg",
  abs: "abs",
  sqrt: "sqrt",
  floor: "floor",
  maximum: "max",
  minimum: "min",
};

const COMPARISONS: Readonly<Record<string, SimdName>> = {
  less: "lt",
  lessEqual: "le",
  equal: "eq",
  notEqual: "ne",
};

/**
 * Writes an elementwise operation on vectors in locals; the result is left on the stack. Arithmetic, roots, comparisons and
 * roundings give the bits of JavaScript, for floats those of its rounded results; elementary functions of floats are those of
 * doubles, rounded. Functions that have no code of their own are JavaScript's, lane by lane.
 */
export function writeOperation(code: Code, module: Callables, node: Node, operands: readonly number[]): void {
  const [a, b, c] = operands as [number, number, number];
  const get = (...locals: readonly number[]): void => {
    for (const local of locals) code.get(local);
  };
  const direct = DIRECT[node.op];
  const comparison = COMPARISONS[node.op];
  if (direct !== undefined) {
    get(...operands);
    code.simd(direct);
  } else if (comparison !== undefined) {
    get(a, b);
    code.simd(comparison);
    code.vector(1);
    code.simd("and");
  } else if (isMathName(node.op)) {
    const name = module.math(node.op);
    if (code.floats) ofHalves(code, a, name);
    else {
      get(a);
      code.callLater(name);
    }
  } else {
    switch (node.op) {
      case "square":
        get(a, a);
        code.simd("mul");
        break;
      case "relu":
        // 0 where x < 0, else x, so that NaN and −0 stay.
        get(a, a);
        code.vector(0);
        code.simd("lt");
        code.simd("andNot");
        break;
      case "where":
        get(b, c, a);
        code.vector(0);
        code.simd("ne");
        code.simd("select");
        break;
      case "clip":
        clip(code, a, node.attributes.low, node.attributes.high);
        break;
      case "round":
        round(code, a);
        break;
      case "cast":
        cast(code, a, node.attributes.dtype);
        break;
      default:
        laneByLane(code, module, node.op, operands);
    }
  }
  if (node.dtype === "float32" && !code.floats) {
    code.simd("demote");
    code.simd("promote");
  }
}

/** A function of doubles on both halves of a vector of floats. */
function ofHalves(code: Code, x: number, name: string): void {
  const parts = ([0, 8] as const).map((half) => {
    code.get(x);
    if (half === 8) {
      code.get(x);
      code.halves(8, 8);
    }
    code.simd("promote");
    code.callLater(name);
    code.simd("demote");
    const part = code.local(V128);
    code.set(part);
    return part;
  });
  for (const part of parts) code.get(part);
  code.halves(0, 0);
}

/** low where x < low, high where x > high, else x. */
function clip(code: Code, x: number, low: number, high: number): void {
  code.vector(low);
  code.vector(high);
  code.get(x);
  code.get(x);
  code.vector(high);
  code.simd("gt");
  code.simd("select");
  code.get(x);
  code.vector(low);
  code.simd("lt");
  code.simd("select");
}

function round(code: Code, x: number): void {
  if (code.floats) {
    code.get(x);
    code.simd("nearest");
    return;
  }
  code.get(x);
  code.vector(ROUNDING);
  code.simd("add");
  code.vector(ROUNDING);
  code.simd("sub");
  code.get(x);
  code.get(x);
  code.simd("abs");
  code.vector(2 ** 51);
  code.simd("lt");
  code.simd("select");
}

function cast(code: Code, x: number, dtype: Node["dtype"]): void {
  code.get(x);
  if (dtype === "float32") {
    if (code.floats) return;
    code.simd("demote");
    code.simd("promote");
  } else if (dtype === "int32") code.simd("trunc");
  else if (dtype === "bool") {
    code.vector(0);
    code.simd("ne");
    code.vector(1);
    code.simd("and");
  }
}

/** A function of JavaScript on each lane. */
function laneByLane(code: Code, module: Callables, op: string, operands: readonly number[]): void {
  const name = module.importing(op, operands.length);
  const result = code.local(V128);
  code.vector(0);
  for (const lane of code.floats ? [0, 1, 2, 3] : [0, 1]) {
    for (const operand of operands) {
      code.get(operand);
      code.simd("extract");
      code.bytes.push(lane);
      if (code.floats) code.op(OP.f64Promote);
    }
    code.callLater(name);
    if (code.floats) code.op(OP.f32Demote);
    code.simd("replace");
    code.bytes.push(lane);
  }
  code.set(result);
  code.get(result);
}
