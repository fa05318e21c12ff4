import { Code, OP, type SimdName, V128 } from "./code.ts";

/**
 * Elementary functions on two doubles at once. Each is within one unit in the last place: polynomials fitted by Chebyshev
 * interpolation in 50 digits, arguments reduced in parts (Cody and Waite), quotients corrected with their remainders (Dekker).
 * Constants stand in a table at the start of the memory.
 * @see [CodyWaite1980] [Dekker1971]
 */

/** A value of straight-line code: a local. */
type V = number;

/** A number, or a pattern of 64 bits, in both lanes. */
type Constant = { readonly constant: number } | { readonly bits: bigint };

/** Numbers that functions load from memory, as bits, in the order of their addresses. */
export class ConstantTable {
  readonly values: bigint[] = [];

  /** The address of a value, in bytes. */
  address(value: Constant): number {
    const bits =
      "bits" in value ? BigInt.asIntN(64, value.bits) : new BigInt64Array(Float64Array.of(value.constant).buffer)[0]!;
    const known = this.values.indexOf(bits);
    return 8 * (known >= 0 ? known : this.values.push(bits) - 1);
  }
}

/** The constants of all functions here, at the start of every memory that programs run in. */
export const constants: ConstantTable = new ConstantTable();

/** 1.5·2⁵²: added to a double of magnitude below 2⁵¹ it leaves the nearest integer in the low bits. */
const MAGIC = 6755399441055744;
const LOG2E = Math.LOG2E;
/** ln 2 = LN2_HI + LN2_LO, the first of 32 bits. */
const LN2_HI = 0.6931471803691238;
const LN2_LO = 1.9082149292705877e-10;
/** π/2 in three parts, the first two of 33 bits. */
const PIO2 = [1.5707963267341256, 6.077100506303966e-11, 2.0222662487959506e-21] as const;
/** (eʳ − 1 − r)/r² on |r| ≤ ln 2/2. */
const EXP = [
  0.5, 0.16666666666666666, 0.04166666666666668, 0.008333333333333333, 0.0013888888888879004, 0.00019841269841263252,
  2.480158733663095e-5, 2.7557319247344507e-6, 2.755726307730941e-7, 2.5052070959803662e-8, 2.091821231913398e-9,
  1.6086677666787362e-10,
];
/** (ln((1+s)/(1−s)) − 2s)/s³ as a polynomial of s². */
const LOG = [
  0.666666666666667, 0.3999999999989924, 0.2857142862609589, 0.2222221111514416, 0.18182890556695602,
  0.1533167403016786, 0.1461703754879165,
];
/** (sin r − r)/r³ and (cos r − 1 + r²/2)/r⁴ as polynomials of r². */
const SIN = [
  -0.16666666666666666, 0.008333333333333331, -0.00019841269841265017, 2.7557319219301936e-6, -2.5052106219528367e-8,
  1.6058529573291737e-10, -7.586576648405261e-13,
];
const COS = [
  0.041666666666666664, -0.0013888888888888887, 2.4801587301584618e-5, -2.7557319221382125e-7, 2.0876755783897636e-9,
  -1.1470459750244853e-11, 4.74580492324984e-14,
];
/** erf(x)/x − 1 as a polynomial of x², |x| ≤ 27/32; erf(1 + s) − ERF_ONE on [−5/32, 1/4]; erfc(y) exp(y²) of t = (y − 5/2)/(y + 5/2) up to 6.1. */
const ERF_SMALL = [
  0.12837916709551256, -0.376126389031834, 0.11283791670935311, -0.02686617064077985, 0.005223977576377844,
  -0.000854832379116413, 0.00012055199941321885, -1.4922121574443055e-5, 1.640162967934702e-6, -1.571446067260244e-7,
  1.0726571432176348e-8,
];
const ERF_ONE = 0.8427000045776367;
const ERF_MIDDLE = [
  7.883720781514588e-7, 0.4151074974205952, -0.41510749742059655, 0.13836916580650976, 0.06918458290450369,
  -0.06918458283228189, 0.004612305275720715, 0.015154712348300873, -0.0047770053251787285, -0.0018849873041810858,
  0.0012251636820432821, 8.353969102878933e-5, -0.00018160132920540636,
];
const ERF_TAIL = [
  0.2108063640611436, -0.37173673394897344, 0.25171319321744884, -0.12503305237880522, 0.03992253907564763,
  -0.003993701168013588, -0.0026423659669894324, 0.0008759155361981736, 0.00022838041486803102, -0.0001288789593753651,
  -3.418192174233321e-5, 1.8634651694638634e-5, 7.539909899572271e-6, -2.4166410092120304e-6, -1.6872487663755579e-6,
  3.7018944230127606e-7,
];
/** Largest argument of sine and cosine that is reduced here. */
const LARGEST_ANGLE = 1e5;

/** Straight-line code on vectors. */
class Vectors {
  readonly code: Code;
  readonly table: ConstantTable;

  constructor(code: Code, table: ConstantTable) {
    this.code = code;
    this.table = table;
  }

  push(operand: V | Constant): void {
    if (typeof operand === "number") this.code.get(operand);
    else {
      this.code.i32(0);
      this.code.memory("load64Splat", 3, this.table.address(operand));
    }
  }

  do(name: SimdName, ...operands: readonly (V | Constant)[]): V {
    for (const operand of operands) this.push(operand);
    this.code.simd(name);
    return this.keep();
  }

  keep(): V {
    const local = this.code.local(V128);
    this.code.set(local);
    return local;
  }

  shift(name: "shl" | "shrS", x: V, bits: number): V {
    this.code.get(x);
    this.code.i32(bits);
    this.code.simd(name);
    return this.keep();
  }

  bits(bits: bigint): Constant {
    return { bits };
  }

  /** Horner's rule in pairs: (c₀ + c₁x) + x²(…). */
  polynomial(x: V, coefficients: readonly number[]): V {
    const square = this.do("mul", x, x);
    const pairs: V[] = [];
    for (let i = 0; i < coefficients.length; i += 2) {
      const [low, high] = [coefficients[i]!, coefficients[i + 1]];
      pairs.push(
        high === undefined
          ? this.do("mul", { constant: low }, { constant: 1 })
          : this.do("add", { constant: low }, this.do("mul", x, { constant: high })),
      );
    }
    let [level, power] = [pairs, square];
    while (level.length > 1) {
      const next: V[] = [];
      for (let i = 0; i < level.length; i += 2) {
        const [low, high] = [level[i]!, level[i + 1]];
        next.push(high === undefined ? low : this.do("add", low, this.do("mul", power, high)));
      }
      power = next.length > 1 ? this.do("mul", power, power) : power;
      level = next;
    }
    return level[0]!;
  }

  select(condition: V, yes: V | Constant, no: V): V {
    return this.do("select", yes, no, condition);
  }

  /** Ends the function with `result` where a condition holds in both lanes. */
  returnWhereAll(condition: V, result: V): void {
    this.push(this.do("xor", condition, this.bits(-1n)));
    this.code.simd("anyTrue");
    this.code.op(OP.i32Eqz, OP.if, OP.none);
    this.code.get(result);
    this.code.op(OP.return, OP.end);
  }

  /** 2ⁿ of integers n as doubles, −1022 ≤ n ≤ 1023. */
  power(n: V): V {
    const shifted = this.do("add", n, { constant: MAGIC });
    return this.shift("shl", this.do("addInt", shifted, this.bits(1023n)), 52);
  }

  /** n and the parts high + low of e^r − 1, x = n ln 2 + r, for x between −750 and 710. */
  exponential(x: V): { readonly n: V; readonly high: V; readonly low: V } {
    const n = this.do("nearest", this.do("mul", x, { constant: LOG2E }));
    const r = this.do(
      "sub",
      this.do("sub", x, this.do("mul", n, { constant: LN2_HI })),
      this.do("mul", n, { constant: LN2_LO }),
    );
    const tail = this.do("mul", this.do("mul", r, r), this.polynomial(r, EXP));
    const high = this.do("add", r, tail);
    return { n, high, low: this.do("add", this.do("sub", r, high), tail) };
  }

  /** 2ⁿ in two factors, so that results may be denormal. */
  powers(n: V): [V, V] {
    const half = this.do("floor", this.do("mul", n, { constant: 0.5 }));
    return [this.power(half), this.power(this.do("sub", n, half))];
  }

  /** The exact product of two values in two parts. */
  product(a: V, b: V): [V, V] {
    const split = (x: V): [V, V] => {
      const c = this.do("mul", x, { constant: 134217729 });
      const high = this.do("sub", c, this.do("sub", c, x));
      return [high, this.do("sub", x, high)];
    };
    const p = this.do("mul", a, b);
    const [[a1, a2], [b1, b2]] = [split(a), split(b)];
    const first = this.do("sub", this.do("mul", a1, b1), p);
    const middle = this.do("add", this.do("add", first, this.do("mul", a1, b2)), this.do("mul", a2, b1));
    return [p, this.do("add", middle, this.do("mul", a2, b2))];
  }

  /** (a + a′)/(d + d′), rounded nearly once. */
  quotient(a: V, aLow: V, d: V, dLow: V): V {
    const q = this.do("div", a, d);
    const [p, pLow] = this.product(q, d);
    const rest = this.do("add", this.do("sub", this.do("sub", a, p), pLow), aLow);
    return this.do("add", q, this.do("div", this.do("sub", rest, this.do("mul", q, dLow)), d));
  }
}

type Definition = (v: Vectors, x: V, fallback: (name: "sin" | "cos") => void) => V;

const exp: Definition = (v, x) => {
  const limited = v.do("min", v.do("max", x, { constant: -750 }), { constant: 710 });
  const { n, high } = v.exponential(limited);
  const [first, second] = v.powers(n);
  return v.do("mul", v.do("mul", v.do("add", high, { constant: 1 }), first), second);
};

const log: Definition = (v, x) => {
  const tiny = v.do("lt", x, { constant: 2.2250738585072014e-308 });
  const scaled = v.select(tiny, v.do("mul", x, { constant: 2 ** 54 }), x);
  const shift = v.do("and", tiny, { constant: 54 });
  // k such that scaled = 2ᵏ m with √½ ≤ m < √2
  const above = v.do("subInt", scaled, v.bits(0x3fe6a09e667f3bcdn));
  const k = v.shift("shrS", above, 52);
  const m = v.do("subInt", scaled, v.shift("shl", k, 52));
  const magic = v.bits(BigInt.asIntN(64, 0x4338000000000000n));
  const exponent = v.do("sub", v.do("sub", v.do("addInt", k, magic), { constant: MAGIC }), shift);
  const f = v.do("sub", m, { constant: 1 });
  const s = v.do("div", f, v.do("add", f, { constant: 2 }));
  const z = v.do("mul", s, s);
  const R = v.do("mul", z, v.polynomial(z, LOG));
  const half = v.do("mul", v.do("mul", f, f), { constant: 0.5 });
  const small = v.do("add", v.do("mul", s, v.do("add", half, R)), v.do("mul", exponent, { constant: LN2_LO }));
  const rest = v.do("sub", v.do("sub", half, small), f);
  let result = v.do("sub", v.do("mul", exponent, { constant: LN2_HI }), rest);
  result = v.select(v.do("eq", x, { constant: Number.POSITIVE_INFINITY }), x, result);
  result = v.select(v.do("eq", x, { constant: 0 }), { constant: Number.NEGATIVE_INFINITY }, result);
  result = v.select(v.do("lt", x, { constant: 0 }), { constant: Number.NaN }, result);
  return v.select(v.do("ne", x, x), x, result);
};

/** Sine and cosine share the reduction; `quarter` turns are added. */
const circular =
  (name: "sin" | "cos", quarter: bigint): Definition =>
  (v, x, fallback) => {
    // Large angles, infinities and NaN: one by one, as accurate as JavaScript's.
    const small = v.do("le", v.do("abs", x), { constant: LARGEST_ANGLE });
    v.code.get(v.do("xor", small, v.bits(-1n)));
    v.code.simd("anyTrue");
    fallback(name);
    const n = v.do("nearest", v.do("mul", x, { constant: 2 / Math.PI }));
    const t = v.do("sub", x, v.do("mul", n, { constant: PIO2[0] }));
    const w = v.do("mul", n, { constant: PIO2[1] });
    const r = v.do("sub", t, w);
    const back = v.do("sub", t, r);
    const lost = v.do("add", v.do("sub", t, v.do("add", r, back)), v.do("sub", back, w));
    const rest = v.do("sub", lost, v.do("mul", n, { constant: PIO2[2] }));
    const y = v.do("add", r, rest);
    const low = v.do("add", v.do("sub", r, y), rest);
    const z = v.do("mul", y, y);
    const half = v.do("mul", z, { constant: 0.5 });
    const one = v.do("sub", { constant: 1 }, half);
    const sine = v.do(
      "add",
      y,
      v.do("add", v.do("mul", v.do("mul", y, z), v.polynomial(z, SIN)), v.do("mul", low, one)),
    );
    const correction = v.do("sub", v.do("sub", { constant: 1 }, one), half);
    const tail = v.do("sub", v.do("mul", v.do("mul", z, z), v.polynomial(z, COS)), v.do("mul", y, low));
    const cosine = v.do("add", one, v.do("add", correction, tail));
    const turns = v.do("addInt", v.do("add", n, { constant: MAGIC }), v.bits(quarter));
    const odd = v.shift("shrS", v.shift("shl", turns, 63), 63);
    const sign = v.do("and", v.shift("shl", turns, 62), v.bits(-(2n ** 63n)));
    const result = v.do("xor", v.select(odd, cosine, sine), sign);
    return name === "sin" ? v.select(v.do("eq", x, { constant: 0 }), x, result) : result;
  };

const tanh: Definition = (v, x) => {
  const size = v.do("max", v.do("mul", v.do("abs", x), { constant: -2 }), { constant: -44 });
  const { n, high, low } = v.exponential(size);
  // e^size − 1 = (2ⁿ − 1) + 2ⁿ (high + low)
  const scale = v.power(n);
  const whole = v.do("sub", scale, { constant: 1 });
  const part = v.do("mul", scale, high);
  const m = v.do("add", whole, part);
  const wholeLow = v.do("sub", scale, v.do("add", whole, { constant: 1 }));
  const mLow = v.do("add", v.do("add", v.do("sub", whole, m), part), v.do("add", v.do("mul", scale, low), wholeLow));
  const d = v.do("add", m, { constant: 2 });
  const dLow = v.do("add", v.do("add", v.do("sub", { constant: 2 }, d), m), mLow);
  const result = v.quotient(v.do("neg", m), v.do("neg", mLow), d, dLow);
  return v.do("or", v.do("abs", result), v.do("and", x, v.bits(-(2n ** 63n))));
};

const sigmoid: Definition = (v, x) => {
  const size = v.do("max", v.do("neg", v.do("abs", x)), { constant: -750 });
  const { n, high, low } = v.exponential(size);
  const [first, second] = v.powers(n);
  const sum = v.do("add", high, { constant: 1 });
  const sumLow = v.do("add", v.do("add", v.do("sub", { constant: 1 }, sum), high), low);
  const e = v.do("mul", v.do("mul", sum, first), second);
  const eLow = v.do("mul", v.do("mul", sumLow, first), second);
  const d = v.do("add", e, { constant: 1 });
  const dLow = v.do("add", v.do("add", v.do("sub", { constant: 1 }, d), e), eLow);
  const negative = v.do("lt", x, { constant: 0 });
  const one = v.do("add", { constant: 1 }, v.do("sub", x, x));
  const a = v.select(negative, e, v.select(v.do("eq", v.do("abs", x), { constant: Infinity }), { constant: 1 }, one));
  return v.quotient(a, v.do("and", negative, eLow), d, dLow);
};

const erf: Definition = (v, x) => {
  const y = v.do("min", v.do("abs", x), { constant: 6 });
  const sign = v.do("and", x, v.bits(-(2n ** 63n)));
  const small = v.do("le", y, { constant: 0.84375 });
  const near = v.do("add", y, v.do("mul", y, v.polynomial(v.do("mul", y, y), ERF_SMALL)));
  v.returnWhereAll(small, v.do("or", near, sign));
  const middle = v.do("add", { constant: ERF_ONE }, v.polynomial(v.do("sub", y, { constant: 1 }), ERF_MIDDLE));
  // 1 − exp(−y²) h(t), the square in two parts.
  const t = v.do("div", v.do("sub", y, { constant: 2.5 }), v.do("add", y, { constant: 2.5 }));
  const [p, pLow] = v.product(y, y);
  const { n, high, low } = v.exponential(v.do("neg", p));
  const sum = v.do("add", high, { constant: 1 });
  const sumLow = v.do("add", v.do("add", v.do("sub", { constant: 1 }, sum), high), low);
  const e = v.do("mul", v.do("add", sum, v.do("sub", sumLow, v.do("mul", sum, pLow))), v.power(n));
  const far = v.do("sub", { constant: 1 }, v.do("mul", e, v.polynomial(t, ERF_TAIL)));
  const beyond = v.select(v.do("le", y, { constant: 1.25 }), middle, far);
  return v.do("or", v.select(small, near, beyond), sign);
};

export type MathName = "exp" | "log" | "sin" | "cos" | "tanh" | "sigmoid" | "erf";
const MATH: Readonly<Record<MathName, Definition>> = {
  exp,
  log,
  sin: circular("sin", 0n),
  cos: circular("cos", 1n),
  tanh,
  sigmoid,
  erf,
};

export function isMathName(name: string): name is MathName {
  return Object.hasOwn(MATH, name);
}

/**
 * The code of a function of one vector.
 * @param importing the name under which a function of JavaScript is called
 */
export function mathFunction(name: MathName, importing: (name: string) => string): Code {
  const code = new Code([V128]);
  const v = new Vectors(code, constants);
  const fallback = (own: "sin" | "cos"): void => {
    // if (any lane is large) return both lanes from JavaScript
    code.op(OP.if, OP.none);
    code.get(0);
    for (const lane of [0, 1]) {
      code.get(0);
      code.simd("extract");
      code.bytes.push(lane);
      code.callLater(importing(own));
      code.simd("replace");
      code.bytes.push(lane);
    }
    code.op(OP.return);
    code.op(OP.end);
  };
  code.get(MATH[name](v, 0, fallback));
  return code;
}
