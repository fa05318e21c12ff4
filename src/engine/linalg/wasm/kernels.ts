/**
 * The compiled kernels. Conventions: matrices and vectors are byte addresses (multiples of their numbers' size) in the
 * kernels' memory; dimensions, strides and leading dimensions (`ld…`) count numbers; matrices are row-major, `ld…` being
 * the distance of rows. `work` is scratch space of the bytes that the `…Bytes` function beside it says. Arguments aren't
 * checked. Names end in the width of their numbers. Kernels are not reentrant on one `work`.
 */
export interface Kernels {
  /**
   * C ← alpha·A·B + beta·C. Element (i, p) of A is number `i·rsa + p·csa` from `a` on, (p, j) of B `p·rsb + j·csb` from `b` on,
   * so that a transpose is an exchange of strides; rows of C are `ldc` apart. C isn't read when beta is 0, and overlaps
   * neither A nor B. 2·m·n·k operations.
   * @see [GotoGeijn2008]
   */
  readonly gemm64: Gemm;
  readonly gemm32: Gemm;
  readonly gemmBytes64: (m: number, n: number, k: number) => number;
  readonly gemmBytes32: (m: number, n: number, k: number) => number;

  /** X ← X·W in place, for rows of X (m×n) and a square W (n×n). */
  readonly gemmInPlace64: GemmInPlace;
  readonly gemmInPlace32: GemmInPlace;
  readonly gemmInPlaceBytes64: (n: number) => number;
  readonly gemmInPlaceBytes32: (n: number) => number;

  /**
   * C ← alpha·A·Aᵀ + beta·C for A (n×k) with strides as in gemm64, exactly symmetric; only the upper triangle of C is read.
   * Half the operations of the product; `work` as gemmBytes64(n, n, k).
   */
  readonly syrk64: (
    n: number,
    k: number,
    alpha: number,
    a: number,
    rsa: number,
    csa: number,
    beta: number,
    c: number,
    ldc: number,
    work: number,
  ) => void;

  /** y ← alpha·A·x + beta·y for A (m×n), x (n), y (m). */
  readonly gemv64: Gemv;
  readonly gemv32: Gemv;
  /** y ← alpha·Aᵀ·x + beta·y for A (m×n), x (m), y (n). */
  readonly gemvTransposed64: Gemv;
  readonly gemvTransposed32: Gemv;
}

export type Gemm = (
  m: number,
  n: number,
  k: number,
  alpha: number,
  a: number,
  rsa: number,
  csa: number,
  b: number,
  rsb: number,
  csb: number,
  beta: number,
  c: number,
  ldc: number,
  work: number,
) => void;

export type GemmInPlace = (m: number, n: number, x: number, ldx: number, w: number, ldw: number, work: number) => void;

export type Gemv = (
  m: number,
  n: number,
  alpha: number,
  a: number,
  lda: number,
  x: number,
  beta: number,
  y: number,
) => void;
