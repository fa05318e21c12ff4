/** A stretch of the arena. Its address is known when memory is planned, or it is a variable of the generated code. */
export interface Buffer {
  readonly size: number;
  /** Name of the variable that holds the address, for buffers that move from step to step of a loop. */
  variable?: string;
  /** Address in elements, when fixed. */
  address?: number;
  /** Buffers laid inside this one: offset added to its address. */
  inside?: { readonly buffer: Buffer; readonly offset: number };
}

export function newBuffer(size: number): Buffer {
  return { size };
}

export function part(buffer: Buffer, offset: number, size: number): Buffer {
  return { size, inside: { buffer, offset } };
}

/** The buffer that memory is reserved for. */
export function owner(buffer: Buffer): Buffer {
  return buffer.inside === undefined ? buffer : owner(buffer.inside.buffer);
}

/** Variable (or "") and constant part of a buffer's address. */
export function addressOf(buffer: Buffer): { readonly variable: string; readonly offset: number } {
  if (buffer.inside !== undefined) {
    const outer = addressOf(buffer.inside.buffer);
    return { variable: outer.variable, offset: outer.offset + buffer.inside.offset };
  }
  if (buffer.variable !== undefined) return { variable: buffer.variable, offset: 0 };
  if (buffer.address === undefined) throw new Error("a buffer has no address");
  return { variable: "", offset: buffer.address };
}

/** An address as an expression, `offset` elements further on. */
export function addressText(buffer: Buffer, offset = 0): string {
  const { variable, offset: base } = addressOf(buffer);
  const total = base + offset;
  if (variable === "") return String(total);
  return total === 0 ? variable : `${variable} + ${total}`;
}

/** A buffer and the steps between which it holds something. */
export interface Lifetime {
  readonly buffer: Buffer;
  readonly start: number;
  readonly end: number;
}

const ALIGNMENT = 8;

/**
 * Places buffers so that those alive at the same step don't overlap: first fit in the order of their start.
 * Sizes that are multiples of a cache way are padded, so that streams don't collide in the cache.
 */
export function layOut(lifetimes: readonly Lifetime[]): {
  readonly size: number;
  readonly offsets: ReadonlyMap<Buffer, number>;
} {
  const offsets = new Map<Buffer, number>();
  const placed: { from: number; to: number; end: number }[] = [];
  let top = 0;
  for (const { buffer, start, end } of [...lifetimes].sort((a, b) => a.start - b.start)) {
    const size = Math.ceil(buffer.size / ALIGNMENT) * ALIGNMENT + (buffer.size >= 512 ? 2 * ALIGNMENT : 0);
    const live = placed.filter((other) => other.end >= start).sort((a, b) => a.from - b.from);
    let at = 0;
    for (const other of live) {
      if (at + size <= other.from) break;
      at = Math.max(at, other.to);
    }
    offsets.set(buffer, at);
    placed.push({ from: at, to: at + size, end });
    top = Math.max(top, at + size);
  }
  return { size: top, offsets };
}
