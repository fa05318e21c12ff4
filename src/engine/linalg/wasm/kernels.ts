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

  /** out ← 1·meanᵀ + T·(X − 1·meanᵀ) for T (n×n) and X (n×columns), which is spoilt; `work` as gemmBytes64(n, columns, n). */
  readonly transformCentred64: (
    n: number,
    columns: number,
    t: number,
    x: number,
    mean: number,
    out: number,
    work: number,
  ) => void;

  /**
   * For Y (n×m), dy (m) and k > 0, with G = Y·Yᵀ: its eigenvalues (below zero: 0), w ← (G + k)⁻¹·Y·dy and behind it
   * |dy − Yᵀ·w|² + k·|w|², T ← √(n − 1)·(G + k)^(−1/2). Returns as eigen64.
   */
  readonly rootTransform64: (
    n: number,
    m: number,
    k: number,
    y: number,
    dy: number,
    values: number,
    w: number,
    t: number,
    work: number,
  ) => number;
  readonly rootTransformBytes64: (n: number, m: number) => number;

  /**
   * A (n×n, a number more behind it) ← a random orthogonal matrix that leaves the vector of ones as it is, from n (n − 1)/2 normal
   * numbers. 8n³/3 operations.
   * @see [Stewart1980]
   */
  readonly rotation64: (n: number, normals: number, a: number, work: number) => void;
  readonly rotationBytes64: (n: number) => number;

  /** y ← alpha·A·x + beta·y for A (m×n), x (n), y (m). */
  readonly gemv64: Gemv;
  readonly gemv32: Gemv;
  /** y ← alpha·Aᵀ·x + beta·y for A (m×n), x (m), y (n). */
  readonly gemvTransposed64: Gemv;
  readonly gemvTransposed32: Gemv;

  /**
   * A ← L with A = L·Lᵀ (n×n, in place, zeros above the diagonal; the lower triangle is read). Returns −1, or the 0-based
   * pivot that is not above n·eps of its diagonal element, or not finite; its value is then on the diagonal.
   * @see [GolubVanLoan2013] section 4.2
   */
  readonly cholesky64: (n: number, a: number, lda: number, work: number) => number;
  readonly choleskyBytes64: (n: number) => number;

  /**
   * LU factorisation with partial pivoting of A (m×n, m ≥ n) in place: unit L below the diagonal, U on and above it. Row i
   * was exchanged with row `pivots[i]` (int32, n of them), in this order. Returns −1, or the 0-based pivot whose absolute
   * value is not above `threshold`; its value is then on the diagonal.
   * @see [GolubVanLoan2013] section 3.4
   */
  readonly lu64: (
    m: number,
    n: number,
    a: number,
    lda: number,
    pivots: number,
    threshold: number,
    work: number,
  ) => number;
  readonly luBytes64: (m: number, n: number) => number;
  /** Exchanges n rows of B as lu64 did. */
  readonly luPivot64: (n: number, pivots: number, b: number, ldb: number, columns: number) => void;

  /**
   * B ← T⁻¹·B for B (n×columns) and a triangular T, whose element (i, j) is number `i·rst + j·cst`: exchange the strides and
   * `upper` for the transpose. `unit` takes T's diagonal for ones. `work` as gemmBytes64(n, columns, n).
   * @see [GolubVanLoan2013] section 3.1
   */
  readonly solveTriangular64: (
    upper: boolean,
    unit: boolean,
    n: number,
    columns: number,
    t: number,
    rst: number,
    cst: number,
    b: number,
    ldb: number,
    work: number,
  ) => void;

  /**
   * Eigenvalues (ascending, n) and eigenvectors (columns of V, each with its largest element positive) of a symmetric A (n×n,
   * lower triangle read, not changed). Returns −1, −2 for elements that are not finite, or the 0-based eigenvalue that needs
   * more than 60 sweeps.
   * @see [Martin1968] [GolubVanLoan2013] section 8.3
   */
  readonly eigen64: (n: number, a: number, lda: number, values: number, v: number, ldv: number, work: number) => number;
  /** The same for `count` matrices one after another; `statuses` (int32) gets what eigen64 returns for each. */
  readonly eigenBatch64: (
    count: number,
    n: number,
    a: number,
    values: number,
    v: number,
    statuses: number,
    work: number,
  ) => void;
  readonly eigenBytes64: (n: number) => number;

  /**
   * At each of `places` vectors x become C^(−1/2) x + (xᵀ C⁻¹ b / k) 1 with C = I + Σ ρ y yᵀ / k and b = Σ ρ d y: see gramTransforms.
   * Rows and vectors have n numbers and zeros to a multiple of 8; starts, indices and vectorStarts are int32; `poles` is the
   * address of a copy of polesTable(). Returns −1, or the first place whose C is not finite. `most` is the largest number of
   * vectors of a place.
   */
  readonly gramTransforms64: (
    n: number,
    k: number,
    places: number,
    rows: number,
    targets: number,
    starts: number,
    indices: number,
    weights: number,
    vectorStarts: number,
    vectors: number,
    poles: number,
    work: number,
  ) => number;
  readonly gramTransformBytes64: (n: number, most: number) => number;

  /**
   * QR decomposition of A (m×n, m ≥ n) by two passes of Cholesky QR: Q over A in place, R (n×n, upper, positive diagonal).
   * Returns 0, with A spoilt, where A is too ill conditioned for that (from about 10⁷ on): householderQr64 does it then.
   * @see [GolubVanLoan2013] section 5.2
   */
  readonly choleskyQr64: (m: number, n: number, a: number, r: number, work: number) => number;
  /**
   * QR decomposition of any A (m×n, destroyed) by reflections: Q (m×k) and R (k×n) with k = min(m, n), R's diagonal not
   * negative.
   */
  readonly householderQr64: (m: number, n: number, a: number, q: number, r: number, work: number) => void;
  readonly qrBytes64: (m: number, n: number) => number;

  /**
   * One-sided Jacobi rotations of the rows of W (n×n) until they are orthogonal, and of those of Z (n×n) along; `squares` (n)
   * is scratch space, `order` (int32, n) gets the rows by their norms, largest first. Returns 0 after `most` sweeps.
   * @see [DemmelVeselic1992]
   */
  readonly jacobi64: (n: number, w: number, z: number, squares: number, order: number, most: number) => number;

  /**
   * Complex transforms of `rows` rows of n = 2^a·3^b·5^c points, each point `inner` complex numbers side by side, from x to y
   * (which may be x), divided by `divisor` (n for an inverse). `twiddles` is the address of a copy of `fftTwiddles(n, inverse)`; `work` has
   * 2·n·inner complex numbers (16 bytes each).
   * @see [VanLoan1992]
   */
  readonly fft64: (
    rows: number,
    n: number,
    inner: number,
    inverse: boolean,
    divisor: number,
    twiddles: number,
    x: number,
    y: number,
    work: number,
  ) => void;
  /**
   * Transforms of `rows` real rows of an even number n of points, n/2 = 2^a·3^b·5^c, from x to y (n/2 + 1 complex numbers a row;
   * another place than x). `twiddles` are those of n/2, `rotations` a copy of `fftRotations(n)`; `work` has n complex numbers.
   */
  readonly rfft64: (
    rows: number,
    n: number,
    twiddles: number,
    rotations: number,
    x: number,
    y: number,
    work: number,
  ) => void;
  /** The inverse of rfft64, divided by n, times `factor`; `twiddles` are those of the inverse. x isn't changed. */
  readonly irfft64: (
    rows: number,
    n: number,
    factor: number,
    twiddles: number,
    rotations: number,
    x: number,
    y: number,
    work: number,
  ) => void;

  /**
   * Convolution over up to three spatial axes (axes in front filled up with 1), channels first. `table` is the address of 22
   * int32 numbers: images, channels a group, results a group, groups, then for each of the three axes the extents of x, of the
   * kernel and of y, strides, padding in front, dilations. conv: y from x and w. convInput: x from y and w. convWeight: w from
   * x and y. What is computed is overwritten. `work` for all three is convBytes(table).
   */
  readonly conv64: Convolution;
  readonly conv32: Convolution;
  readonly convInput64: Convolution;
  readonly convInput32: Convolution;
  readonly convWeight64: Convolution;
  readonly convWeight32: Convolution;
  readonly convBytes64: (table: number) => number;
  readonly convBytes32: (table: number) => number;

  /**
   * Max-pooling of channels over three spatial axes. `table` is the address of 19 int32 numbers: channels of all images, then
   * for each axis the extents of x, of the kernel and of y, strides, padding in front, dilations. The first of equal maxima
   * counts, NaN as the largest of all; an empty window has −∞.
   */
  readonly maxPool64: (x: number, y: number, table: number) => void;
  readonly maxPool32: (x: number, y: number, table: number) => void;
  /** y ← elements of t where x has its maxima, 0 for an empty window. */
  readonly maxPoolPick64: (x: number, t: number, y: number, table: number) => void;
  readonly maxPoolPick32: (x: number, t: number, y: number, table: number) => void;
  /** out ← 0, and elements of g added where x has its maxima. */
  readonly maxPoolScatter64: (x: number, g: number, out: number, table: number) => void;
  readonly maxPoolScatter32: (x: number, g: number, out: number, table: number) => void;
}

export type Convolution = (from: number, other: number, to: number, table: number, work: number) => void;

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
