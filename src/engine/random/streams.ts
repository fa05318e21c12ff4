import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";
import { ArgumentError } from "../errors/index.ts";
import { philox4x32 } from "./philox.ts";
import { BitStream, type RandomStream } from "./stream.ts";

/** Independent streams of random numbers, each known by its key. */
export interface RandomStreams {
  readonly seed: number;
  /**
   * The stream of a purpose ("observation", "initial", …), a cycle and a member, at its beginning. What it gives depends
   * on the seed and this key alone, not on what was drawn before or in which order. Some 100 ns.
   * @param cycle 0 by default
   * @param member 0 by default
   * @throws ArgumentError for a cycle or member that isn't an integer from 0 to 2^32 − 1
   */
  stream(purpose: string, cycle?: number, member?: number): RandomStream;
}

/**
 * Splittable random streams: the key (seed; purpose, cycle, member) goes through one Philox block, whose 128 bits are
 * the state of a xoroshiro128+ generator. For one seed and purpose, different cycles and members never share a state.
 * @param seed an integer from 0 to 2^53 − 1; all its bits count
 * @throws ArgumentError for any other seed
 * @see [Salmon2011] [BlackmanVigna2021]
 */
export function randomStreams(seed: number): RandomStreams {
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new ArgumentError("seed", `expected an integer from 0 to 2^53 - 1, got ${seed}`);
  const seedLow = (seed % 2 ** 32) | 0;
  const seedHigh = Math.floor(seed / 2 ** 32);
  const hashes = new Map<string, [number, number]>();
  return Object.freeze({
    seed,
    stream(purpose: string, cycle = 0, member = 0): RandomStream {
      checkIndex(cycle, "cycle");
      checkIndex(member, "member");
      const hash = hashes.get(purpose) ?? hashText(purpose);
      hashes.set(purpose, hash);
      const [p0, p1] = hash;
      const state = philox4x32(cycle, member, p0, p1, seedLow, seedHigh);
      if (state.every((word) => word === 0)) state[0] = 1;
      return new BitStream(xoroshiro128plusFromState(state));
    },
  });
}

function checkIndex(index: number, place: string): void {
  if (!Number.isInteger(index) || index < 0 || index >= 2 ** 32)
    throw new ArgumentError(place, `expected an integer from 0 to 2^32 - 1, got ${index}`);
}

/** 64 bits of a text: two multiplicative lanes over its UTF-16 units, mixed at the end as MurmurHash3 does. */
function hashText(text: string): [number, number] {
  let a = 0x243f6a88 ^ text.length;
  let b = 0x85a308d3 ^ text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x9e3779b1);
    b = Math.imul(b ^ unit, 0x85ebca77);
    a ^= a >>> 15;
    b ^= b >>> 13;
  }
  return [mix(a ^ Math.imul(b, 0xc2b2ae3d)), mix(b ^ Math.imul(a, 0x27d4eb2f))];
}

function mix(word: number): number {
  let h = word;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) | 0;
}
