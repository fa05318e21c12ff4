import type { Blas } from "./blas.ts";
import type { Koffi, NativeFunction } from "./koffi.ts";
import { choleskyBy, eigenBy, gemmBy, gramBy } from "./routines.ts";

/** Everything goes by address in Fortran; the lengths of texts follow at the end. */
const text = "str";
const pointer = "void *";
const length = "size_t";

/**
 * Opens a library and tries its functions. It computes on one thread unless OPENBLAS_NUM_THREADS or OMP_NUM_THREADS says
 * otherwise, so that its results don't depend on how many processors there are.
 * @throws Error when it isn't there, lacks a function or computes something else
 */
export function openBlas(koffi: Koffi, file: string): Blas {
  const library = koffi.load(file);
  const routine = (name: string, texts: number, pointers: number): NativeFunction =>
    library.func(name, "void", [
      ...Array<string>(texts).fill(text),
      ...Array<string>(pointers).fill(pointer),
      ...Array<string>(texts).fill(length),
    ]);
  const blas: Blas = {
    name: "BLAS",
    path: file,
    dgemm: routine("dgemm_", 2, 11),
    dsyrk: routine("dsyrk_", 2, 8),
    dpotrf: routine("dpotrf_", 1, 4),
    dsyevd: routine("dsyevd_", 2, 9),
  };
  if (process.env.OPENBLAS_NUM_THREADS === undefined && process.env.OMP_NUM_THREADS === undefined)
    optional(() => library.func("openblas_set_num_threads", "void", ["int"])(1));
  if (!worksOn(blas)) throw new Error("its results are wrong");
  const config = optional(() => library.func("openblas_get_config", "str", [])());
  const core = optional(() => library.func("openblas_get_corename", "str", [])());
  const version = typeof config === "string" ? /^OpenBLAS [\d.]+/.exec(config)?.[0] : undefined;
  if (version === undefined) return { ...blas, path: placeOf(file) };
  return { ...blas, path: placeOf(file), name: typeof core === "string" ? `${version} (${core})` : version };
}

function optional(call: () => unknown): unknown {
  try {
    return call();
  } catch {
    return undefined;
  }
}

/** Where a library that was found by its name lies, as far as the system tells. */
function placeOf(file: string): string {
  if (file.includes("/") || file.includes("\\")) return file;
  const maps = optional(() => process.getBuiltinModule("fs").readFileSync("/proc/self/maps", "utf8"));
  return (typeof maps === "string" ? /\/\S*openblas\S*$/im.exec(maps)?.[0] : undefined) ?? file;
}

/** Small problems with whole numbers: tells other interfaces, such as one with other widths of integers, from ours. */
function worksOn(blas: Blas): boolean {
  const [A, B] = [Float64Array.of(1, 2, 3, 4, 5, 6), Float64Array.of(1, 0, 2, 0, 1, 1)];
  const out = Float64Array.of(1, 1, 1, 1);
  const shape = { m: 2, n: 2, k: 3, transA: false, transB: true };
  if (!gemmBy(blas, { ...shape, alpha: 2, A, B, beta: 1, out })) return false;
  const [G, L] = [new Float64Array(4), new Float64Array(4)];
  if (!gramBy(blas, Float64Array.of(2, 1, 0, 2), 2, 2, G)) return false;
  if (!choleskyBy(blas, Float64Array.of(4, 9, 2, 5), 2, L)) return false;
  const eigen = eigenBy(blas, Float64Array.of(2, 9, 1, 2), 2);
  const near = (got: Float64Array | undefined, want: readonly number[]): boolean =>
    got !== undefined && want.every((value, i) => Math.abs(got[i]! - value) < 1e-12);
  return near(out, [15, 11, 33, 23]) && near(G, [4, 2, 2, 5]) && near(L, [2, 0, 1, 2]) && near(eigen?.values, [1, 3]);
}
