/** Types of values by their numbers in the format. */
export const I32 = 0x7f;
export const F64 = 0x7c;
export const V128 = 0x7b;
export type ValueType = typeof I32 | typeof F64 | typeof V128;

/** Instructions by their opcodes. */
export const OP = {
  /** The type of a block without a result. */
  none: 0x40,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  return: 0x0f,
  call: 0x10,
  select: 0x1b,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  f32Load: 0x2a,
  f64Load: 0x2b,
  f32Store: 0x38,
  f64Store: 0x39,
  i32Const: 0x41,
  f64Const: 0x44,
  i32Eqz: 0x45,
  i32LtS: 0x48,
  f64Ne: 0x62,
  f64Lt: 0x63,
  f64Gt: 0x64,
  i32Add: 0x6a,
  i32Mul: 0x6c,
  i32Or: 0x72,
  f64Add: 0xa0,
  f32Demote: 0xb6,
  f64Promote: 0xbb,
} as const;

/** Instructions on vectors of two doubles, after their prefix. */
export const SIMD = {
  load: 0,
  load64Splat: 10,
  store: 11,
  constant: 12,
  shuffle: 13,
  splat: 20,
  extract: 33,
  replace: 34,
  eq: 71,
  ne: 72,
  lt: 73,
  gt: 74,
  le: 75,
  ge: 76,
  and: 78,
  andNot: 79,
  or: 80,
  xor: 81,
  select: 82,
  anyTrue: 83,
  store32Lane: 90,
  store64Lane: 91,
  load32Zero: 92,
  load64Zero: 93,
  demote: 94,
  promote: 95,
  floor: 117,
  trunc: 122,
  nearest: 148,
  shl: 203,
  shrS: 204,
  addInt: 206,
  subInt: 209,
  abs: 236,
  neg: 237,
  sqrt: 239,
  add: 240,
  sub: 241,
  mul: 242,
  div: 243,
  min: 244,
  max: 245,
} as const;

export type SimdName = keyof typeof SIMD;

/** The same on vectors of four floats, where they differ. */
const SIMD_FLOATS: { readonly [name in SimdName]?: number } = {
  splat: 19,
  extract: 31,
  replace: 32,
  eq: 65,
  ne: 66,
  lt: 67,
  gt: 68,
  le: 69,
  ge: 70,
  floor: 104,
  trunc: 105,
  nearest: 106,
  abs: 224,
  neg: 225,
  sqrt: 227,
  add: 228,
  sub: 229,
  mul: 230,
  div: 231,
  min: 232,
  max: 233,
};

/** Unsigned LEB128. */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low | 128 : low);
  } while (rest > 0);
  return bytes;
}

/** Signed LEB128 of a 32-bit integer. */
export function signed(value: number): number[] {
  const bytes: number[] = [];
  let rest = value | 0;
  for (;;) {
    const low = rest & 127;
    rest >>= 7;
    const done = (rest === 0 && (low & 64) === 0) || (rest === -1 && (low & 64) !== 0);
    bytes.push(done ? low : low | 128);
    if (done) return bytes;
  }
}

/** The bytes of a double, little-endian. */
export function double(value: number): number[] {
  return [...new Uint8Array(Float64Array.of(value).buffer)];
}

/** The bytes of a float, little-endian. */
function float(value: number): number[] {
  return [...new Uint8Array(Float32Array.of(value).buffer)];
}

/** One function under construction: its locals and instructions. */
export class Code {
  /** Whether vectors are of four floats, not of two doubles. */
  floats = false;
  readonly params: readonly ValueType[];
  readonly locals: ValueType[] = [];
  readonly bytes: number[] = [];
  readonly #later: { readonly name: string; readonly at: number }[] = [];

  constructor(params: readonly ValueType[]) {
    this.params = params;
  }

  local(type: ValueType): number {
    return this.params.length + this.locals.push(type) - 1;
  }

  op(opcode: number, ...immediates: readonly number[]): void {
    this.bytes.push(opcode);
    for (const immediate of immediates) this.bytes.push(...unsigned(immediate));
  }

  simd(name: SimdName, ...immediates: readonly number[]): void {
    this.bytes.push(0xfd, ...unsigned((this.floats ? SIMD_FLOATS[name] : undefined) ?? SIMD[name]));
    for (const immediate of immediates) this.bytes.push(...unsigned(immediate));
  }

  /** A memory instruction of vectors: alignment (as a power of two) and offset in bytes, and a lane for some. */
  memory(name: SimdName, align: number, offset: number, lane?: number): void {
    this.simd(name, align, offset);
    if (lane !== undefined) this.bytes.push(lane);
  }

  get(local: number): void {
    this.op(OP.localGet, local);
  }

  set(local: number): void {
    this.op(OP.localSet, local);
  }

  i32(value: number): void {
    this.bytes.push(OP.i32Const, ...signed(value));
  }

  f64(value: number): void {
    this.bytes.push(OP.f64Const, ...double(value));
  }

  /** A vector of one value in all lanes. */
  vector(value: number): void {
    this.simd("constant");
    const bytes = this.floats ? [...float(value), ...float(value)] : double(value);
    this.bytes.push(...bytes, ...bytes);
  }

  /** The eight bytes from `low` on of a vector and those from `high` on of another one, which are on the stack. */
  halves(low: 0 | 8, high: 0 | 8): void {
    this.simd("shuffle");
    for (let i = 0; i < 8; i++) this.bytes.push(low + i);
    for (let i = 0; i < 8; i++) this.bytes.push(16 + high + i);
  }

  /** A call of a function whose index is known when the module is put together; five bytes are kept for it. */
  callLater(name: string): void {
    this.bytes.push(OP.call);
    this.#later.push({ name, at: this.bytes.length });
    this.bytes.push(0x80, 0x80, 0x80, 0x80, 0x00);
  }

  /** Fills in the indices of functions. */
  resolve(indexOf: (name: string) => number): void {
    for (const { name, at } of this.#later) {
      let rest = indexOf(name);
      for (let i = 0; i < 5; i++) {
        this.bytes[at + i] = (rest & 127) | (i < 4 ? 128 : 0);
        rest >>>= 7;
      }
    }
  }

  /** The function's body as the format has it. */
  body(): number[] {
    const groups: [number, ValueType][] = [];
    for (const type of this.locals) {
      const last = groups.at(-1);
      if (last?.[1] === type) last[0]++;
      else groups.push([1, type]);
    }
    const locals = groups.flatMap(([count, type]) => [...unsigned(count), type]);
    const content = [...unsigned(groups.length), ...locals, ...this.bytes, OP.end];
    return [...unsigned(content.length), ...content];
  }
}
