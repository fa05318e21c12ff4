import type { Product } from "../multiplyKernels.ts";
import type { Blas, Spectrum } from "./blas.ts";
import { nativeBlas } from "./choice.ts";
import { choleskyBy, eigenBy, gemmBy, gramBy } from "./routines.ts";

/** Sizes from which a native library is faster than the kernels for certain: `npm run bench -- kernels`. */
const multiplications = 64 ** 3;
const choleskyOrder = 128;
const eigenOrder = 160;

/** The library, for arrays that native code can be given. */
function blasFor(...arrays: readonly Float64Array[]): Blas | undefined {
  const blas = nativeBlas();
  return blas !== undefined && arrays.every(({ buffer }) => buffer instanceof ArrayBuffer) ? blas : undefined;
}

/** A product by the native library; false where there is none, it failed, or the product is small. */
export function gemmNatively(product: Product): boolean {
  const { m, n, k, alpha, A, B, out } = product;
  if (m * n * k < multiplications || Math.min(m, n, k) < 8 || alpha === 0) return false;
  const blas = blasFor(A, B, out);
  return blas !== undefined && gemmBy(blas, product);
}

/** AᵀA of A (m×n) by the native library; false as for {@link gemmNatively}. */
export function gramNatively(A: Float64Array, m: number, n: number, out: Float64Array): boolean {
  if (m * n * n < multiplications || n < 8) return false;
  const blas = blasFor(A, out);
  return blas !== undefined && gramBy(blas, A, m, n, out);
}

/** L in `out` by the native library; false as for {@link gemmNatively}, and when A isn't definite. A is as before then. */
export function choleskyNatively(A: Float64Array, n: number, out: Float64Array): boolean {
  if (n < choleskyOrder) return false;
  const blas = blasFor(A, out);
  if (blas === undefined) return false;
  if (A.buffer !== out.buffer) return choleskyBy(blas, A, n, out);
  const L = new Float64Array(n * n);
  const done = choleskyBy(blas, A, n, L);
  if (done) out.set(L);
  return done;
}

/** Eigenvalues and -vectors by the native library; undefined where {@link gemmNatively} is false. */
export function eigenNatively(A: Float64Array, n: number): Spectrum | undefined {
  const blas = n < eigenOrder ? undefined : blasFor(A);
  return blas === undefined ? undefined : eigenBy(blas, A, n);
}
