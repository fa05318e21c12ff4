import { type Kernels, kernelsOn, withScratch } from "../../linalg/wasm/index.ts";

/** What routines of WebAssembly need besides the arena: scratch space and tables of int32 numbers, both behind it. */
export interface RoutineNeeds {
  /** Bytes of scratch space. */
  readonly work: number;
  readonly tables: readonly Int32Array[];
}

/** Functions on addresses in elements, as generated code calls them: `W.gemm(…)`. */
export interface Routines {
  gemm(
    a: number,
    ar: number,
    ac: number,
    b: number,
    br: number,
    bc: number,
    o: number,
    m: number,
    k: number,
    n: number,
  ): void;
  conv(x: number, w: number, y: number, table: number): void;
  convInput(y: number, w: number, x: number, table: number): void;
  convWeight(x: number, y: number, w: number, table: number): void;
  maxPool(x: number, y: number, table: number): void;
  maxPoolPick(x: number, t: number, y: number, table: number): void;
  maxPoolScatter(x: number, g: number, out: number, table: number): void;
}

/** Multiplications from which a product is worth a call. */
const PRODUCT = 500;

/** Collects the needs of a program while it is written. */
export class RoutineCollector {
  readonly #single: boolean;
  readonly #tables: Int32Array[] = [];
  #work = 0;
  used = false;

  constructor(single: boolean) {
    this.#single = single;
  }

  /** Whether a product is worth a call; notes its needs. */
  takesProduct(m: number, k: number, n: number): boolean {
    if (m * n * k < PRODUCT) return false;
    const bytes = scratchOf((kernels) => (this.#single ? kernels.gemmBytes32(m, n, k) : kernels.gemmBytes64(m, n, k)));
    return this.#takes(bytes);
  }

  /** Whether a convolution can be done; gives the number of its table. */
  convolution(table: Int32Array): number | undefined {
    const bytes = withScratch(4096, (scratch) => {
      const address = scratch.bytes(4 * table.length);
      // Int32 numbers go in as the halves of float64 ones.
      const padded = new Int32Array(2 * Math.ceil(table.length / 2));
      padded.set(table);
      scratch.put(address, new Float64Array(padded.buffer), 0, padded.length / 2);
      return this.#single ? scratch.kernels.convBytes32(address) : scratch.kernels.convBytes64(address);
    });
    return this.#takes(bytes) ? this.#table(table) : undefined;
  }

  /** Whether pooling can be done; gives the number of its table. */
  pooling(table: Int32Array): number | undefined {
    return this.#takes(scratchOf(() => 0)) ? this.#table(table) : undefined;
  }

  #takes(bytes: number | undefined): boolean {
    if (bytes === undefined) return false;
    this.#work = Math.max(this.#work, bytes);
    this.used = true;
    return true;
  }

  #table(table: Int32Array): number {
    const known = this.#tables.findIndex((other) => other.join() === table.join());
    return known >= 0 ? known : this.#tables.push(table) - 1;
  }

  get needs(): RoutineNeeds {
    return { work: this.#work, tables: this.#tables };
  }
}

function scratchOf(bytes: (kernels: Kernels) => number): number | undefined {
  return withScratch(0, (scratch) => bytes(scratch.kernels));
}

const rounded = (bytes: number): number => Math.ceil(bytes / 64) * 64;

/** Bytes that routines take behind an arena. */
export function bytesBehind({ work, tables }: RoutineNeeds): number {
  return 64 + rounded(work) + tables.reduce((sum, table) => sum + rounded(4 * table.length), 0);
}

/**
 * The routines on an arena.
 * @param base first byte of the arena; `end`: first byte behind it
 */
export function makeRoutines(
  { work, tables }: RoutineNeeds,
  memory: WebAssembly.Memory,
  { base, end, single }: { readonly base: number; readonly end: number; readonly single: boolean },
): Routines {
  const K = kernelsOn(memory);
  const scratch = rounded(end);
  let next = scratch + rounded(work);
  const addresses = tables.map((table) => {
    const address = next;
    new Int32Array(memory.buffer, address, table.length).set(table);
    next += rounded(4 * table.length);
    return address;
  });
  const width = single ? 4 : 8;
  const [gemm, gemv, gemvTransposed] = single
    ? [K.gemm32, K.gemv32, K.gemvTransposed32]
    : [K.gemm64, K.gemv64, K.gemvTransposed64];
  const [conv, convInput, convWeight] = single
    ? [K.conv32, K.convInput32, K.convWeight32]
    : [K.conv64, K.convInput64, K.convWeight64];
  const [maxPool, maxPoolPick, maxPoolScatter] = single
    ? [K.maxPool32, K.maxPoolPick32, K.maxPoolScatter32]
    : [K.maxPool64, K.maxPoolPick64, K.maxPoolScatter64];
  const at = (element: number): number => base + element * width;
  return {
    gemm(a, ar, ac, b, br, bc, o, m, k, n) {
      if (n === 1 && br === 1) {
        if (ac === 1) return gemv(m, k, 1, at(a), ar, at(b), 0, at(o));
        if (ar === 1) return gemvTransposed(k, m, 1, at(a), ac, at(b), 0, at(o));
      }
      if (m === 1 && ac === 1) {
        if (bc === 1) return gemvTransposed(k, n, 1, at(b), br, at(a), 0, at(o));
        if (br === 1) return gemv(n, k, 1, at(b), bc, at(a), 0, at(o));
      }
      gemm(m, n, k, 1, at(a), ar, ac, at(b), br, bc, 0, at(o), n, scratch);
    },
    conv: (x, w, y, table) => conv(at(x), at(w), at(y), addresses[table]!, scratch),
    convInput: (y, w, x, table) => convInput(at(y), at(w), at(x), addresses[table]!, scratch),
    convWeight: (x, y, w, table) => convWeight(at(x), at(y), at(w), addresses[table]!, scratch),
    maxPool: (x, y, table) => maxPool(at(x), at(y), addresses[table]!),
    maxPoolPick: (x, t, y, table) => maxPoolPick(at(x), at(t), at(y), addresses[table]!),
    maxPoolScatter: (x, g, out, table) => maxPoolScatter(at(x), at(g), at(out), addresses[table]!),
  };
}
