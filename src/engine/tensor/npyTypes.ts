/** How the elements of one `.npy` type are read and written; `little` is the byte order. */
export interface NpyElement {
  readonly bytes: number;
  /** The range of an integer type; absent for floating point. */
  readonly range?: readonly [minimum: number, maximum: number];
  read(view: DataView, offset: number, little: boolean): number;
  write(view: DataView, offset: number, value: number, little: boolean): void;
}

const safe = Number.MAX_SAFE_INTEGER;

/** The element types by their code without the byte order. 64-bit integers are held to the safe range of float64. */
export const npyElements: ReadonlyMap<string, NpyElement> = new Map<string, NpyElement>([
  ["f8", { bytes: 8, read: (v, o, l) => v.getFloat64(o, l), write: (v, o, x, l) => v.setFloat64(o, x, l) }],
  ["f4", { bytes: 4, read: (v, o, l) => v.getFloat32(o, l), write: (v, o, x, l) => v.setFloat32(o, x, l) }],
  ["f2", { bytes: 2, read: (v, o, l) => halfToNumber(v.getUint16(o, l)), write: writeHalf }],
  [
    "i8",
    {
      bytes: 8,
      range: [-safe, safe],
      read: (v, o, l) => Number(v.getBigInt64(o, l)),
      write: (v, o, x, l) => v.setBigInt64(o, BigInt(x), l),
    },
  ],
  [
    "u8",
    {
      bytes: 8,
      range: [0, safe],
      read: (v, o, l) => Number(v.getBigUint64(o, l)),
      write: (v, o, x, l) => v.setBigUint64(o, BigInt(x), l),
    },
  ],
  [
    "i4",
    {
      bytes: 4,
      range: [-(2 ** 31), 2 ** 31 - 1],
      read: (v, o, l) => v.getInt32(o, l),
      write: (v, o, x, l) => v.setInt32(o, x, l),
    },
  ],
  [
    "u4",
    {
      bytes: 4,
      range: [0, 2 ** 32 - 1],
      read: (v, o, l) => v.getUint32(o, l),
      write: (v, o, x, l) => v.setUint32(o, x, l),
    },
  ],
  [
    "i2",
    {
      bytes: 2,
      range: [-32768, 32767],
      read: (v, o, l) => v.getInt16(o, l),
      write: (v, o, x, l) => v.setInt16(o, x, l),
    },
  ],
  [
    "u2",
    { bytes: 2, range: [0, 65535], read: (v, o, l) => v.getUint16(o, l), write: (v, o, x, l) => v.setUint16(o, x, l) },
  ],
  ["i1", { bytes: 1, range: [-128, 127], read: (v, o) => v.getInt8(o), write: (v, o, x) => v.setInt8(o, x) }],
  ["u1", { bytes: 1, range: [0, 255], read: (v, o) => v.getUint8(o), write: (v, o, x) => v.setUint8(o, x) }],
  [
    "b1",
    { bytes: 1, range: [0, 1], read: (v, o) => (v.getUint8(o) === 0 ? 0 : 1), write: (v, o, x) => v.setUint8(o, x) },
  ],
]);

function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** Rounds to nearest, ties to even, as IEEE 754 does. */
function writeHalf(view: DataView, offset: number, value: number, little: boolean): void {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  let bits: number;
  if (Number.isNaN(value)) bits = 0x7e00;
  else if (size >= 65520) bits = 0x7c00;
  else {
    const exponent = Math.max(-14, size === 0 ? -14 : exponentOf(size));
    const scaled = size / 2 ** (exponent - 10);
    const floor = Math.floor(scaled);
    const rest = scaled - floor;
    const rounded = rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
    bits = ((exponent + 14) << 10) + rounded;
  }
  view.setUint16(offset, sign | bits, little);
}

function exponentOf(size: number): number {
  let exponent = Math.floor(Math.log2(size));
  if (2 ** exponent > size) exponent--;
  if (2 ** (exponent + 1) <= size) exponent++;
  return exponent;
}
