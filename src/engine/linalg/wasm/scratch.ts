import type { Kernels } from "./kernels.ts";
import { kernelsAvailable, kernelsOn } from "./module.ts";

const pageBytes = 65536;
/** Addresses below this stay unused, so that none is 0. */
const base = 1024;
/** The most that the scratch memory grows to; what needs more is left to the JavaScript code. */
const limit = 2 ** 31 - pageBytes;

/**
 * A stack of buffers in one memory, for calls on ordinary arrays: copy in, run, copy out. Addresses stay valid when the
 * memory grows; no view of it is handed out.
 */
export interface Scratch {
  readonly kernels: Kernels;
  /** Room for so many bytes (rounded up to 64). */
  bytes(count: number): number;
  /** Room for so many float64 numbers. */
  numbers(count: number): number;
  /** Room with a copy of `count` numbers of an array from `offset` on. */
  copyOf(data: Float64Array, offset: number, count: number): number;
  /** Room with a copy of an array of integers. */
  copyOfIntegers(data: Int32Array): number;
  /** Copies numbers of an array to an address. */
  put(address: number, data: Float64Array, offset: number, count: number): void;
  /** Copies numbers from an address to an array. */
  get(address: number, data: Float64Array, offset: number, count: number): void;
  /** Numbers from an address in a fresh array. */
  slice(address: number, count: number): Float64Array;
  /** Sets numbers from an address to zero. */
  zero(address: number, count: number): void;
}

let memory: WebAssembly.Memory | undefined;
let numbers: Float64Array = new Float64Array(0);
let top = base;
let kept = base;

/**
 * Runs `use` with a stack of buffers that are free again when it returns, or returns undefined: where the kernels don't run,
 * or when `bytes` (about what is going to be needed) is more than the scratch memory may have.
 */
export function withScratch<T>(bytes: number, use: (scratch: Scratch) => T): T | undefined {
  if (!kernelsAvailable() || bytes > limit - top - 4 * pageBytes || !reserve(top + bytes)) return undefined;
  const mark = top;
  try {
    return use(stack);
  } finally {
    top = mark;
  }
}

/**
 * The address of a copy of a table that stays for good, or undefined where the kernels don't run or there is no room. Not
 * while a stack is in use.
 */
export function keepTable(table: Float64Array): number | undefined {
  const bytes = rounded(8 * table.length);
  if (!kernelsAvailable() || top !== kept || !reserve(top + bytes)) return undefined;
  const address = top;
  top += bytes;
  kept = top;
  view().set(table, address / 8);
  return address;
}

/** Bytes that the scratch memory has now, for tests of its growth. */
export function scratchBytes(): number {
  return memory === undefined ? 0 : memory.buffer.byteLength;
}

function rounded(bytes: number): number {
  return Math.ceil(bytes / 64) * 64;
}

/** Whether there is room up to `end`; grows by half at least, so that growing is rare. */
function reserve(end: number): boolean {
  memory ??= new WebAssembly.Memory({ initial: 64, maximum: Math.floor(limit / pageBytes) });
  const size = memory.buffer.byteLength;
  if (end <= size) return true;
  const wanted = Math.min(limit, Math.max(end, 1.5 * size));
  try {
    memory.grow(Math.ceil((wanted - size) / pageBytes));
    return true;
  } catch {
    return false;
  }
}

function view(): Float64Array {
  if (memory === undefined) throw new Error("no memory");
  // Growing detaches the buffer that earlier views are of.
  if (numbers.buffer !== memory.buffer) numbers = new Float64Array(memory.buffer);
  return numbers;
}

const stack: Scratch = {
  get kernels() {
    if (memory === undefined) throw new Error("no memory");
    return kernelsOn(memory);
  },
  bytes(count) {
    const address = top;
    if (!reserve(top + rounded(count))) throw new RangeError(`no memory for ${count} bytes`);
    top += rounded(count);
    return address;
  },
  numbers(count) {
    return this.bytes(8 * count);
  },
  copyOf(data, offset, count) {
    const address = this.bytes(8 * count);
    this.put(address, data, offset, count);
    return address;
  },
  copyOfIntegers(data) {
    const address = this.bytes(4 * data.length);
    new Int32Array(view().buffer, address, data.length).set(data);
    return address;
  },
  put(address, data, offset, count) {
    view().set(offset === 0 && count === data.length ? data : data.subarray(offset, offset + count), address / 8);
  },
  get(address, data, offset, count) {
    data.set(view().subarray(address / 8, address / 8 + count), offset);
  },
  slice(address, count) {
    return view().slice(address / 8, address / 8 + count);
  },
  zero(address, count) {
    view().fill(0, address / 8, address / 8 + count);
  },
};
