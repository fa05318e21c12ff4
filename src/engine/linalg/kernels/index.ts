// What the module exports. src/engine/linalg/wasm/kernels.ts has the same list, typed and described.
import { transformCentred } from "./centred";
import { choleskyBytes, choleskyFactor } from "./cholesky";
import { convolution, convolutionBytes, FORWARD, INPUT, WEIGHT } from "./convolution";
import { eigen, eigenBytes } from "./eigen";
import { fftRows, irfftRows, rfftRows } from "./fft";
import { FULL, gemm, gemmBytes, gemmInPlace, gemmInPlaceBytes, mirrorUpper, UPPER } from "./gemm";
import { gemvColumns, gemvRows } from "./gemv";
import { gramTransformBytes, gramTransforms } from "./gramTransform";
import { jacobi } from "./jacobi";
import { applyPivots, luBytes, luFactor } from "./lu";
import { maxPool, PICK, SCATTER, VALUE } from "./pool";
import { choleskyQr, householderQr, qrBytes } from "./qr";
import { rootTransform, rootTransformBytes } from "./rootTransform";
import { rotation, rotationBytes } from "./rotation";
import { trsmLeft } from "./triangular";

export function gemm64(
  m: i32,
  n: i32,
  k: i32,
  alpha: f64,
  a: usize,
  rsa: i32,
  csa: i32,
  b: usize,
  rsb: i32,
  csb: i32,
  beta: f64,
  c: usize,
  ldc: i32,
  work: usize,
): void {
  gemm<f64>(FULL, m, n, k, alpha, a, rsa, csa, b, rsb, csb, beta, c, ldc, work);
}
export function gemm32(
  m: i32,
  n: i32,
  k: i32,
  alpha: f32,
  a: usize,
  rsa: i32,
  csa: i32,
  b: usize,
  rsb: i32,
  csb: i32,
  beta: f32,
  c: usize,
  ldc: i32,
  work: usize,
): void {
  gemm<f32>(FULL, m, n, k, alpha, a, rsa, csa, b, rsb, csb, beta, c, ldc, work);
}
export function gemmBytes64(m: i32, n: i32, k: i32): i32 {
  return gemmBytes<f64>(m, n, k);
}
export function gemmBytes32(m: i32, n: i32, k: i32): i32 {
  return gemmBytes<f32>(m, n, k);
}

export function gemmInPlace64(m: i32, n: i32, x: usize, ldx: i32, w: usize, ldw: i32, work: usize): void {
  gemmInPlace<f64>(m, n, x, ldx, w, ldw, work);
}
export function gemmInPlace32(m: i32, n: i32, x: usize, ldx: i32, w: usize, ldw: i32, work: usize): void {
  gemmInPlace<f32>(m, n, x, ldx, w, ldw, work);
}
export function gemmInPlaceBytes64(n: i32): i32 {
  return gemmInPlaceBytes<f64>(n);
}
export function gemmInPlaceBytes32(n: i32): i32 {
  return gemmInPlaceBytes<f32>(n);
}

export function syrk64(
  n: i32,
  k: i32,
  alpha: f64,
  a: usize,
  rsa: i32,
  csa: i32,
  beta: f64,
  c: usize,
  ldc: i32,
  work: usize,
): void {
  gemm<f64>(UPPER, n, n, k, alpha, a, rsa, csa, a, csa, rsa, beta, c, ldc, work);
  mirrorUpper<f64>(n, c, ldc);
}

export function gemv64(m: i32, n: i32, alpha: f64, a: usize, lda: i32, x: usize, beta: f64, y: usize): void {
  gemvRows<f64>(m, n, alpha, a, lda, x, beta, y, 1);
}
export function gemv32(m: i32, n: i32, alpha: f32, a: usize, lda: i32, x: usize, beta: f32, y: usize): void {
  gemvRows<f32>(m, n, alpha, a, lda, x, beta, y, 1);
}
export function gemvTransposed64(m: i32, n: i32, alpha: f64, a: usize, lda: i32, x: usize, beta: f64, y: usize): void {
  gemvColumns<f64>(m, n, alpha, a, lda, x, 1, beta, y);
}
export function gemvTransposed32(m: i32, n: i32, alpha: f32, a: usize, lda: i32, x: usize, beta: f32, y: usize): void {
  gemvColumns<f32>(m, n, alpha, a, lda, x, 1, beta, y);
}

export function choleskyBytes64(n: i32): i32 {
  return choleskyBytes(n);
}
export function cholesky64(n: i32, a: usize, lda: i32, work: usize): i32 {
  return choleskyFactor(n, a, lda, work);
}
export function lu64(m: i32, n: i32, a: usize, lda: i32, pivots: usize, threshold: f64, work: usize): i32 {
  return luFactor(m, n, a, lda, pivots, threshold, work);
}
export function luPivot64(n: i32, pivots: usize, b: usize, ldb: i32, columns: i32): void {
  applyPivots(0, n, pivots, b, ldb, columns);
}
export function solveTriangular64(
  upper: bool,
  unit: bool,
  n: i32,
  columns: i32,
  t: usize,
  rst: i32,
  cst: i32,
  b: usize,
  ldb: i32,
  work: usize,
): void {
  trsmLeft(upper, unit, n, columns, t, rst, cst, b, ldb, work);
}

export function eigenBytes64(n: i32): i32 {
  return eigenBytes(n);
}
export function eigen64(n: i32, a: usize, lda: i32, values: usize, v: usize, ldv: i32, work: usize): i32 {
  return eigen(n, a, lda, values, v, ldv, work);
}
export function eigenBatch64(
  count: i32,
  n: i32,
  a: usize,
  values: usize,
  v: usize,
  statuses: usize,
  work: usize,
): void {
  const matrix = (<usize>(n * n)) << 3;
  for (let b = 0; b < count; b++) {
    store<i32>(statuses + ((<usize>b) << 2), eigen(n, a, n, values, v, n, work));
    a += matrix;
    v += matrix;
    values += (<usize>n) << 3;
  }
}

export function convBytes64(table: usize): i32 {
  return convolutionBytes<f64>(table);
}
export function conv64(x: usize, w: usize, y: usize, table: usize, work: usize): void {
  convolution<f64>(FORWARD, x, w, y, table, work);
}
export function convInput64(y: usize, w: usize, x: usize, table: usize, work: usize): void {
  convolution<f64>(INPUT, x, w, y, table, work);
}
export function convWeight64(x: usize, y: usize, w: usize, table: usize, work: usize): void {
  convolution<f64>(WEIGHT, x, w, y, table, work);
}
export function maxPool64(x: usize, y: usize, table: usize): void {
  maxPool<f64>(VALUE, x, x, y, table);
}
export function maxPoolPick64(x: usize, t: usize, y: usize, table: usize): void {
  maxPool<f64>(PICK, x, t, y, table);
}
export function maxPoolScatter64(x: usize, g: usize, out: usize, table: usize): void {
  maxPool<f64>(SCATTER, x, g, out, table);
}

export function convBytes32(table: usize): i32 {
  return convolutionBytes<f32>(table);
}
export function conv32(x: usize, w: usize, y: usize, table: usize, work: usize): void {
  convolution<f32>(FORWARD, x, w, y, table, work);
}
export function convInput32(y: usize, w: usize, x: usize, table: usize, work: usize): void {
  convolution<f32>(INPUT, x, w, y, table, work);
}
export function convWeight32(x: usize, y: usize, w: usize, table: usize, work: usize): void {
  convolution<f32>(WEIGHT, x, w, y, table, work);
}
export function maxPool32(x: usize, y: usize, table: usize): void {
  maxPool<f32>(VALUE, x, x, y, table);
}
export function maxPoolPick32(x: usize, t: usize, y: usize, table: usize): void {
  maxPool<f32>(PICK, x, t, y, table);
}
export function maxPoolScatter32(x: usize, g: usize, out: usize, table: usize): void {
  maxPool<f32>(SCATTER, x, g, out, table);
}

export function fft64(
  rows: i32,
  n: i32,
  inner: i32,
  inverse: bool,
  divisor: f64,
  twiddles: usize,
  x: usize,
  y: usize,
  work: usize,
): void {
  fftRows(rows, n, inner, inverse ? 1 : -1, divisor, twiddles, x, y, work);
}
export function rfft64(rows: i32, n: i32, twiddles: usize, rotations: usize, x: usize, y: usize, work: usize): void {
  rfftRows(rows, n, twiddles, rotations, x, y, work);
}
export function irfft64(
  rows: i32,
  n: i32,
  factor: f64,
  twiddles: usize,
  rotations: usize,
  x: usize,
  y: usize,
  work: usize,
): void {
  irfftRows(rows, n, factor / n, twiddles, rotations, x, y, work);
}

export function qrBytes64(m: i32, n: i32): i32 {
  return qrBytes(m, n);
}
export function choleskyQr64(m: i32, n: i32, a: usize, r: usize, work: usize): bool {
  return choleskyQr(m, n, a, r, work);
}
export function householderQr64(m: i32, n: i32, a: usize, q: usize, r: usize, work: usize): void {
  householderQr(m, n, a, q, r, work);
}
export function jacobi64(n: i32, w: usize, z: usize, squares: usize, order: usize, most: i32): bool {
  return jacobi(n, w, z, squares, order, most);
}

export function gramTransformBytes64(n: i32, most: i32): i32 {
  return gramTransformBytes(n, most);
}
export function gramTransforms64(
  n: i32,
  k: f64,
  places: i32,
  rows: usize,
  targets: usize,
  starts: usize,
  indices: usize,
  weights: usize,
  vectorStarts: usize,
  vectors: usize,
  poles: usize,
  work: usize,
): i32 {
  return gramTransforms(n, k, places, rows, targets, starts, indices, weights, vectorStarts, vectors, poles, work);
}

export function luBytes64(m: i32, n: i32): i32 {
  return luBytes(m, n);
}

export function transformCentred64(
  n: i32,
  columns: i32,
  t: usize,
  x: usize,
  mean: usize,
  out: usize,
  work: usize,
): void {
  transformCentred(n, columns, t, x, mean, out, work);
}

export function rotationBytes64(n: i32): i32 {
  return rotationBytes(n);
}
export function rotation64(n: i32, normals: usize, a: usize, work: usize): void {
  rotation(n, normals, a, work);
}

export function rootTransformBytes64(n: i32, m: i32): i32 {
  return rootTransformBytes(n, m);
}
export function rootTransform64(
  n: i32,
  m: i32,
  k: f64,
  y: usize,
  dy: usize,
  values: usize,
  w: usize,
  t: usize,
  work: usize,
): i32 {
  return rootTransform(n, m, k, y, dy, values, w, t, work);
}
