import { type Kernels, loadKernels } from "../wasm/load.ts";
import { bytesBehind, makeRoutines } from "../wasm/routines.ts";
import { type Arena, HELPERS } from "./calls.ts";
import type { Program } from "./generate.ts";

/** A program as plain data, which another thread can be given. */
export interface Image extends Omit<Program, "module"> {
  readonly single: boolean;
  /** First byte of the arena in its memory, for programs with parts in WebAssembly. */
  readonly base: number;
  /** Loop nests compiled for an arena that begins at byte `base` of its memory. */
  readonly module?: {
    readonly bytes: Uint8Array<ArrayBuffer>;
    readonly kernels: readonly string[];
    readonly imports: readonly string[];
  };
}

/** The image of a program whose arena begins at a byte of its memory. */
export function imageOf(program: Program, single: boolean, base: number): Image {
  const { module, ...rest } = program;
  if (module === undefined) return { ...rest, single, base };
  const bytes = module.bytes({ base, single });
  const { kernels, imports } = module;
  return { ...rest, single, base, module: { bytes, kernels, imports } };
}

/** Bytes that a program needs in a memory; none when all of it is JavaScript. */
export function memoryBytes(
  { size, module, routines }: Pick<Image, "size" | "routines"> & { module?: unknown },
  single: boolean,
): number {
  if (module === undefined && routines === undefined) return 0;
  return size * (single ? 4 : 8) + (routines === undefined ? 0 : bytesBehind(routines));
}

/** A program that can run. */
export interface Linked {
  readonly F: Arena;
  run(): void;
}

/** Turns a program's source into a function bound to its arena: one function per program, so that V8 knows the arena. */
export function link(image: Image, memory: WebAssembly.Memory | undefined): Linked {
  const { single, size, base, module, routines, tables, source, constants } = image;
  const Numbers = single ? Float32Array : Float64Array;
  const F: Arena = memory === undefined ? new Numbers(size) : new Numbers(memory.buffer, base, size).fill(0);
  for (const { address, data } of constants) F.set(data, address);
  const kernels: Kernels = module === undefined || memory === undefined ? {} : loadKernels(module, memory);
  const end = base + size * Numbers.BYTES_PER_ELEMENT;
  const W = routines && memory && makeRoutines(routines, memory, { base, end, single });
  const names = [...tables.map((_, i) => `T${i}`), ...Object.keys(kernels)];
  const factory = new Function("F", "H", "W", ...names, source) as (...args: unknown[]) => () => void;
  return { F, run: factory(F, HELPERS, W, ...tables, ...Object.values(kernels)) };
}

/** Below this length an element-wise copy beats the typed arrays' own. */
const SHORT = 32;

export function writeArena(F: Arena, address: number, data: Float64Array): void {
  if (data.length > SHORT) F.set(data, address);
  else for (let i = 0; i < data.length; i++) F[address + i] = data[i]!;
}

export function readArena(F: Arena, address: number, data: Float64Array): void {
  if (data.length > SHORT) data.set(F.subarray(address, address + data.length));
  else for (let i = 0; i < data.length; i++) data[i] = F[address + i]!;
}
