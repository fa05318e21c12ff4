import { constants } from "./math.ts";

/** Bytes at the start of every memory for the constants of elementary functions. */
export const RESERVED = 4096;
/** Bytes of a memory that programs share. It is only reserved; the machine gives what is used. */
const SHARED = 2 ** 26;
/** Programs from this size on have a memory of their own. */
const LARGE = 2 ** 23;
const PAGE = 65536;

/** A part of a memory: from a byte on. */
export interface Region {
  readonly memory: WebAssembly.Memory;
  readonly base: number;
}

interface Pool {
  readonly memory: WebAssembly.Memory;
  /** Free stretches of bytes, in order. */
  free: { from: number; to: number }[];
}

const pools: Pool[] = [];

/** Gives parts back when the programs that had them are gone. */
const registry = new FinalizationRegistry<{ readonly pool: Pool; readonly from: number; readonly to: number }>(
  ({ pool, from, to }) => {
    giveBack(pool, from, to);
  },
);

/**
 * Memory for a program's arena, with whatever an earlier program left there. It never grows or moves, so views of it stay valid; each memory reserves
 * gigabytes of address space, so that small programs share one. It is free again when `owner` is garbage.
 * @throws RangeError when there is no more
 */
export function reserve(bytes: number, owner: object): Region {
  const size = Math.ceil(Math.max(bytes, 8) / 64) * 64;
  if (size >= LARGE) return { memory: ownMemory(size), base: RESERVED };
  for (const pool of pools) {
    const place = pool.free.findIndex(({ from, to }) => to - from >= size);
    if (place >= 0) return take(pool, place, size, owner);
  }
  const pool: Pool = { memory: fresh(SHARED), free: [{ from: RESERVED, to: SHARED }] };
  pools.push(pool);
  return take(pool, 0, size, owner);
}

/** A memory of a program's own, its arena behind the constants. */
export function ownMemory(bytes: number): WebAssembly.Memory {
  return fresh(bytes + RESERVED);
}

function take(pool: Pool, place: number, size: number, owner: object): Region {
  const stretch = pool.free[place]!;
  const { from } = stretch;
  stretch.from += size;
  if (stretch.from === stretch.to) pool.free.splice(place, 1);
  registry.register(owner, { pool, from, to: from + size });
  return { memory: pool.memory, base: from };
}

function giveBack(pool: Pool, from: number, to: number): void {
  const free = [...pool.free, { from, to }].sort((a, b) => a.from - b.from);
  const merged: { from: number; to: number }[] = [];
  for (const stretch of free) {
    const last = merged.at(-1);
    if (last?.to === stretch.from) last.to = stretch.to;
    else merged.push(stretch);
  }
  pool.free = merged;
}

function fresh(bytes: number): WebAssembly.Memory {
  const pages = Math.ceil(bytes / PAGE);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  return memory;
}

/** Puts the constants of elementary functions where compiled code looks for them. */
export function writeConstants({ buffer }: WebAssembly.Memory): void {
  if (constants.values.length * 8 > RESERVED) throw new Error("the table of constants is full");
  new BigInt64Array(buffer, 0, constants.values.length).set(constants.values);
}
