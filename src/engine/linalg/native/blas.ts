import type { NativeFunction } from "./koffi.ts";

/** A BLAS with LAPACK, through its Fortran interface, which all of them have. */
export interface Blas {
  /** Such as `OpenBLAS 0.3.21 (Zen)`. */
  readonly name: string;
  /** The library's file. */
  readonly path: string;
  readonly dgemm: NativeFunction;
  readonly dsyrk: NativeFunction;
  readonly dpotrf: NativeFunction;
  readonly dsyevd: NativeFunction;
}

/** What a symmetric eigendecomposition gives: see `symmetricEigen`. */
export interface Spectrum {
  readonly values: Float64Array;
  readonly vectors: Float64Array;
}
