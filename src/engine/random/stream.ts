import { ArgumentError } from "../errors/index.ts";
import type { BitSource } from "./ziggurat.ts";
import { uniform53, zigguratNormal } from "./ziggurat.ts";

/** A sequence of random numbers. */
export interface RandomStream {
  /** A number in [0, 1) of 53 random bits. */
  uniform(): number;
  /** A standard normal number. */
  normal(): number;
  /** `n` standard normal numbers in a new array. */
  normals(n: number): Float64Array;
  /** Fills `out`, or its part from `from` up to `to`, with standard normal numbers. */
  fillNormal(out: Float64Array, from?: number, to?: number): void;
  /**
   * An integer in [0, below), each equally likely.
   * @throws ArgumentError unless `below` is an integer from 1 to 2^53
   */
  integer(below: number): number;
  /** The numbers 0 to n − 1 in random order. */
  permutation(n: number): Int32Array;
}

/** A {@link RandomStream} that reads its bits from a generator. */
export class BitStream implements RandomStream {
  readonly #bits: BitSource;

  constructor(bits: BitSource) {
    this.#bits = bits;
  }

  uniform(): number {
    return uniform53(this.#bits);
  }

  normal(): number {
    return zigguratNormal(this.#bits);
  }

  normals(n: number): Float64Array {
    if (!Number.isInteger(n) || n < 0) throw new ArgumentError("n", `expected a number of draws, got ${n}`);
    const out = new Float64Array(n);
    this.fillNormal(out);
    return out;
  }

  fillNormal(out: Float64Array, from = 0, to: number = out.length): void {
    const bits = this.#bits;
    for (let i = from; i < to; i++) out[i] = zigguratNormal(bits);
  }

  integer(below: number): number {
    if (!Number.isInteger(below) || below < 1 || below > 2 ** 53)
      throw new ArgumentError("below", `expected an integer from 1 to 2^53, got ${below}`);
    const limit = 2 ** 53 - (2 ** 53 % below);
    for (;;) {
      const draw = uniform53(this.#bits) * 2 ** 53;
      if (draw < limit) return draw % below;
    }
  }

  /** Durstenfeld's form of the Fisher-Yates shuffle. */
  permutation(n: number): Int32Array {
    if (!Number.isInteger(n) || n < 0) throw new ArgumentError("n", `expected a length, got ${n}`);
    const order = Int32Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const kept = order[i]!;
      order[i] = order[j]!;
      order[j] = kept;
    }
    return order;
  }
}
