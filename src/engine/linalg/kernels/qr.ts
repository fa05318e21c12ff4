// QR decompositions of tall matrices: Cholesky factors of Gram matrices where those are accurate, else reflections.
import { choleskyBytes, choleskyFactor } from "./cholesky";
import { FULL, gemm, gemmBytes, mirrorUpper, UPPER } from "./gemm";
import { gemvColumns } from "./gemv";
import { trsmRightTransposed } from "./triangular";

/** Bytes of scratch space: two triangles and that of the products, or some vectors. */
export function qrBytes(m: i32, n: i32): i32 {
  const triangles = 2 * n * n * 8;
  return (
    triangles + max(max(choleskyBytes(n), gemmBytes<f64>(n, n, m)), max(gemmBytes<f64>(m, n, n), (m + 3 * n + 8) * 8))
  );
}

/** G ← QᵀQ for Q (m×n). */
function gram(m: i32, n: i32, q: usize, g: usize, work: usize): void {
  gemm<f64>(UPPER, n, n, m, 1, q, 1, n, q, n, 1, 0, g, n, work);
  mirrorUpper<f64>(n, g, n);
}

/** The largest distance of an element of a matrix from the identity's; infinite for NaN. */
function distance(n: i32, l: usize): f64 {
  let worst: f64 = 0;
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      const off = Math.abs(load<f64>(l + ((<usize>(i * n + j)) << 3)) - (i === j ? 1 : 0));
      if (!(off <= worst)) worst = off;
    }
  return worst <= 1 ? worst : Infinity;
}

/**
 * Q (m×n, over A in place) and R (n×n, upper) of A = Q·R by two passes of Cholesky QR: orthonormal to rounding as long as the
 * first pass leaves QᵀQ near the identity. Returns false, with A spoilt, where it doesn't.
 */
export function choleskyQr(m: i32, n: i32, a: usize, r: usize, work: usize): bool {
  const bytes = (<usize>(n * n)) << 3;
  const first = work;
  const second = first + bytes;
  const space = second + bytes;
  gram(m, n, a, first, space);
  if (choleskyFactor(n, first, n, space) >= 0) return false;
  trsmRightTransposed(m, n, first, n, a, n, space);
  gram(m, n, a, second, space);
  if (distance(n, second) > 0.01 || choleskyFactor(n, second, n, space) >= 0) return false;
  trsmRightTransposed(m, n, second, n, a, n, space);
  // R = L2ᵀ·L1ᵀ; what rounding leaves below the diagonal are exact zeros of the factors.
  gemm<f64>(FULL, n, n, n, 1, second, 1, n, first, 1, n, 0, r, n, space);
  return true;
}

/** W ← W − tau·v·(Wᵀv)ᵀ for an m×n block with rows ld numbers apart. */
function reflect(m: i32, n: i32, w: usize, ld: i32, v: usize, tau: f64, sums: usize): void {
  if (tau === 0 || n <= 0) return;
  gemvColumns<f64>(m, n, tau, w, ld, v, 1, 0, sums);
  const bytes = (<usize>n) << 3;
  for (let i = 0; i < m; i++) {
    const factor = load<f64>(v + ((<usize>i) << 3));
    const f = f64x2.splat(factor);
    let o: usize = 0;
    for (; o + 16 <= bytes; o += 16) v128.store(w + o, f64x2.sub(v128.load(w + o), f64x2.mul(f, v128.load(sums + o))));
    if (o < bytes) store<f64>(w + o, load<f64>(w + o) - factor * load<f64>(sums + o));
    w += (<usize>ld) << 3;
  }
}

/**
 * Q (m×min(m, n)) and R (min(m, n)×n) of A (m×n, destroyed) by Householder reflections; R's diagonal is not negative. For
 * matrices of any rank and scale.
 */
export function householderQr(m: i32, n: i32, a: usize, q: usize, r: usize, work: usize): void {
  const k = min(m, n);
  const v = work;
  const sums = v + ((<usize>m) << 3);
  const taus = sums + ((<usize>n) << 3);
  const heads = taus + ((<usize>n) << 3);
  const ld = (<usize>n) << 3;
  for (let j = 0; j < k; j++) {
    const column = a + ((<usize>(j * n + j)) << 3);
    const rows = m - j;
    let scale: f64 = 0;
    for (let i = 0; i < rows; i++) scale = Math.max(scale, Math.abs(load<f64>(column + <usize>i * ld)));
    let tau: f64 = 0;
    let diagonal: f64 = 0;
    if (scale > 0) {
      let square: f64 = 0;
      for (let i = 0; i < rows; i++) {
        const x = load<f64>(column + <usize>i * ld) / scale;
        store<f64>(v + ((<usize>i) << 3), x);
        square += x * x;
      }
      const head = load<f64>(v);
      const norm = head > 0 ? -Math.sqrt(square) : Math.sqrt(square);
      store<f64>(v, head - norm);
      diagonal = norm * scale;
      tau = 1 / (square - head * norm);
    } else memory.fill(v, 0, (<usize>rows) << 3);
    store<f64>(taus + ((<usize>j) << 3), tau);
    store<f64>(heads + ((<usize>j) << 3), load<f64>(v));
    reflect(rows, n - j - 1, column + 8, n, v, tau, sums);
    for (let i = 1; i < rows; i++) store<f64>(column + <usize>i * ld, load<f64>(v + ((<usize>i) << 3)));
    store<f64>(column, diagonal);
  }
  memory.fill(r, 0, (<usize>(k * n)) << 3);
  for (let i = 0; i < k; i++)
    memory.copy(r + ((<usize>(i * n + i)) << 3), a + ((<usize>(i * n + i)) << 3), (<usize>(n - i)) << 3);
  memory.fill(q, 0, (<usize>(m * k)) << 3);
  for (let i = 0; i < k; i++) store<f64>(q + ((<usize>(i * k + i)) << 3), 1);
  for (let j = k - 1; j >= 0; j--) {
    store<f64>(v, load<f64>(heads + ((<usize>j) << 3)));
    for (let i = 1; i < m - j; i++) store<f64>(v + ((<usize>i) << 3), load<f64>(a + ((<usize>((j + i) * n + j)) << 3)));
    reflect(m - j, k - j, q + ((<usize>(j * k + j)) << 3), k, v, load<f64>(taus + ((<usize>j) << 3)), sums);
  }
  for (let j = 0; j < k; j++) {
    if (!(load<f64>(r + ((<usize>(j * n + j)) << 3)) < 0)) continue;
    for (let c = j; c < n; c++) {
      const at = r + ((<usize>(j * n + c)) << 3);
      store<f64>(at, -load<f64>(at));
    }
    for (let i = 0; i < m; i++) {
      const at = q + ((<usize>(i * k + j)) << 3);
      store<f64>(at, -load<f64>(at));
    }
  }
}
