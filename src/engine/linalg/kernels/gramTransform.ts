// Transforms of vectors by I + Σ ρ y yᵀ / k, for one place after another: of local analyses.
import { eigen, eigenBytes } from "./eigen";
import { FULL, gemm, gemmBytes } from "./gemm";
import { tile2Direct } from "./tile";
import { dot, reflectRows, tridiagonalize } from "./tridiagonal";

/** Rows y that are gathered at a time: with 40 numbers each they stay in the L1 cache. */
const BLOCK: i32 = 64;
/** Vectors of a place from which on eigenvectors are cheaper than a rational approximation for each. */
const MANY: i32 = 8;
/** The largest condition number that there are poles for is 4 to this power. */
const LEVELS: i32 = 16;
/** The most poles of a level. */
const POLES: i32 = 48;

/** Bytes of a row of n numbers, padded to whole panels. */
function rowBytes(n: i32): usize {
  return (<usize>((n + 7) >> 3)) << 6;
}

/** Distance of rows of a square matrix: an odd number of cache lines. */
function squareBytes(n: i32): usize {
  return (<usize>(((n + 7) >> 3) | 1)) << 6;
}

/** Bytes of scratch space of {@link gramTransforms}; `most` is the largest number of vectors of a place. */
export function gramTransformBytes(n: i32, most: i32): i32 {
  const row = rowBytes(n);
  const square = <usize>(((n + 7) >> 3) << 3) * squareBytes(n);
  const small = <usize>min(most + 1, MANY) * row + 3 * <usize>(n * POLES) * 8;
  const wide =
    2 * <usize>n * row + <usize>most * row + max(<usize>eigenBytes(n), <usize>gemmBytes<f64>(max(n, most), n, n));
  return <i32>(<usize>BLOCK * row + square + 8 * (row + 64) + max(small, wide));
}

/** Copies `count` rows, each times the root of its weight, to `to`, and adds ρ·d·y to b. */
function gather(
  count: i32,
  row: usize,
  rows: usize,
  targets: usize,
  indices: usize,
  weights: usize,
  to: usize,
  b: usize,
): void {
  let j = 0;
  for (; j + 3 < count; j += 4) {
    const at = (<usize>j) << 2;
    const i0 = <usize>load<i32>(indices + at);
    const i1 = <usize>load<i32>(indices + at, 4);
    const i2 = <usize>load<i32>(indices + at, 8);
    const i3 = <usize>load<i32>(indices + at, 12);
    const w0 = load<f64>(weights + 2 * at);
    const w1 = load<f64>(weights + 2 * at, 8);
    const w2 = load<f64>(weights + 2 * at, 16);
    const w3 = load<f64>(weights + 2 * at, 24);
    const d0 = f64x2.splat(w0 * load<f64>(targets + (i0 << 3)));
    const d1 = f64x2.splat(w1 * load<f64>(targets + (i1 << 3)));
    const d2 = f64x2.splat(w2 * load<f64>(targets + (i2 << 3)));
    const d3 = f64x2.splat(w3 * load<f64>(targets + (i3 << 3)));
    const r0 = f64x2.splat(Math.sqrt(w0));
    const r1 = f64x2.splat(Math.sqrt(w1));
    const r2 = f64x2.splat(Math.sqrt(w2));
    const r3 = f64x2.splat(Math.sqrt(w3));
    const y0 = rows + i0 * row;
    const y1 = rows + i1 * row;
    const y2 = rows + i2 * row;
    const y3 = rows + i3 * row;
    const t1 = to + row;
    const t2 = t1 + row;
    const t3 = t2 + row;
    for (let o: usize = 0; o < row; o += 16) {
      const v0 = v128.load(y0 + o);
      const v1 = v128.load(y1 + o);
      const v2 = v128.load(y2 + o);
      const v3 = v128.load(y3 + o);
      v128.store(to + o, f64x2.mul(r0, v0));
      v128.store(t1 + o, f64x2.mul(r1, v1));
      v128.store(t2 + o, f64x2.mul(r2, v2));
      v128.store(t3 + o, f64x2.mul(r3, v3));
      const near = f64x2.add(f64x2.mul(d0, v0), f64x2.mul(d1, v1));
      const far = f64x2.add(f64x2.mul(d2, v2), f64x2.mul(d3, v3));
      v128.store(b + o, f64x2.add(v128.load(b + o), f64x2.add(near, far)));
    }
    to = t3 + row;
  }
  for (; j < count; j++) {
    const index = <usize>load<i32>(indices + ((<usize>j) << 2));
    const weight = load<f64>(weights + ((<usize>j) << 3));
    const d = f64x2.splat(weight * load<f64>(targets + (index << 3)));
    const r = f64x2.splat(Math.sqrt(weight));
    const y = rows + index * row;
    for (let o: usize = 0; o < row; o += 16) {
      const v = v128.load(y + o);
      v128.store(to + o, f64x2.mul(r, v));
      v128.store(b + o, f64x2.add(v128.load(b + o), f64x2.mul(d, v)));
    }
    to += row;
  }
}

/** The lower triangle of C = I + Σ ρ y yᵀ / k, and b = Σ ρ d y. */
function weightedGram(
  n: i32,
  k: f64,
  count: i32,
  row: usize,
  rows: usize,
  targets: usize,
  indices: usize,
  weights: usize,
  block: usize,
  c: usize,
  ld: usize,
  b: usize,
): void {
  memory.fill(b, 0, row);
  for (let first = 0; first < count; first += BLOCK) {
    const depth = min(BLOCK, count - first);
    const at = (<usize>first) << 2;
    gather(depth, row, rows, targets, indices + at, weights + 2 * at, block, b);
    const beta: f64 = first === 0 ? 0 : 1;
    for (let i = 0; i < n; i += 2) {
      const a = block + ((<usize>i) << 3);
      const to = c + <usize>i * ld;
      for (let j = 0; j <= i + 1; j += 8) {
        const o = (<usize>j) << 3;
        tile2Direct<f64>(depth, a, a + 8, row, block + o, row, 1 / k, beta, to + o, to + ld + o);
      }
    }
  }
  for (let i = 0; i < n; i++) {
    const at = c + <usize>i * ld + ((<usize>i) << 3);
    store<f64>(at, load<f64>(at) + 1);
  }
}

/** The level of poles for eigenvalues from 1 to Gershgorin's bound of T: 0 to LEVELS − 1, more when there is none. */
function levelOf(n: i32, d: usize, e: usize): i32 {
  let bound: f64 = 1;
  for (let i = 0; i < n; i++) {
    const at = (<usize>i) << 3;
    const before = i > 0 ? Math.abs(load<f64>(e + at)) : 0;
    const after = i + 1 < n ? Math.abs(load<f64>(e + at, 8)) : 0;
    bound = Math.max(bound, load<f64>(d + at) + before + after);
  }
  let level = 0;
  for (let most: f64 = 4; bound > most && level < LEVELS; most *= 4) level++;
  return level;
}

/** T + s = L·D·Lᵀ for all poles s, two by two: 1/D and L's subdiagonal, a row of `count` numbers for each of n. */
function factor(n: i32, d: usize, e: usize, count: usize, shifts: usize, inverse: usize, lower: usize): void {
  const bytes = count << 3;
  const one = f64x2.splat(1);
  const first = v128.load64_splat(d);
  for (let o: usize = 0; o < bytes; o += 16)
    v128.store(inverse + o, f64x2.div(one, f64x2.add(first, v128.load(shifts + o))));
  for (let i = 1; i < n; i++) {
    const at = (<usize>i) << 3;
    const di = v128.load64_splat(d + at);
    const ei = v128.load64_splat(e + at);
    const to = inverse + bytes;
    lower += bytes;
    for (let o: usize = 0; o < bytes; o += 16) {
      const l = f64x2.mul(ei, v128.load(inverse + o));
      v128.store(lower + o, l);
      const pivot = f64x2.sub(f64x2.add(di, v128.load(shifts + o)), f64x2.mul(ei, l));
      v128.store(to + o, f64x2.div(one, pivot));
    }
    inverse = to;
  }
}

/** z ← Σ weight·(T + s)⁻¹ z. */
function applyPoles(n: i32, count: usize, weights: usize, inverse: usize, lower: usize, u: usize, z: usize): void {
  const bytes = count << 3;
  const first = v128.load64_splat(z);
  for (let o: usize = 0; o < bytes; o += 16) v128.store(u + o, first);
  for (let i = 1; i < n; i++) {
    const zi = v128.load64_splat(z + ((<usize>i) << 3));
    const to = u + bytes;
    lower += bytes;
    for (let o: usize = 0; o < bytes; o += 16)
      v128.store(to + o, f64x2.sub(zi, f64x2.mul(v128.load(lower + o), v128.load(u + o))));
    u = to;
  }
  inverse += <usize>(n - 1) * bytes;
  for (let i = n - 1; i >= 0; i--) {
    let sum = f64x2.splat(0);
    const last = i === n - 1;
    for (let o: usize = 0; o < bytes; o += 16) {
      let x = f64x2.mul(v128.load(u + o), v128.load(inverse + o));
      if (!last) x = f64x2.sub(x, f64x2.mul(v128.load(lower + bytes + o), v128.load(u + bytes + o)));
      v128.store(u + o, x);
      sum = f64x2.add(sum, f64x2.mul(v128.load(weights + o), x));
    }
    store<f64>(z + ((<usize>i) << 3), f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1));
    u -= bytes;
    inverse -= bytes;
    lower -= bytes;
  }
}

/** x ← T⁻¹ x for a positive definite tridiagonal T; `pivots` is scratch space. */
function solveTridiagonal(n: i32, d: usize, e: usize, pivots: usize, x: usize): void {
  let pivot = load<f64>(d);
  store<f64>(pivots, pivot);
  for (let i = 1; i < n; i++) {
    const at = (<usize>i) << 3;
    const l = load<f64>(e + at) / pivot;
    pivot = load<f64>(d + at) - l * load<f64>(e + at);
    store<f64>(pivots + at, pivot);
    store<f64>(x + at, load<f64>(x + at) - l * load<f64>(x + at - 8));
  }
  for (let i = n - 1; i >= 0; i--) {
    const at = (<usize>i) << 3;
    const after = i + 1 < n ? load<f64>(e + at, 8) * load<f64>(x + at, 8) : 0;
    store<f64>(x + at, (load<f64>(x + at) - after) / load<f64>(pivots + at));
  }
}

/** Reflections of tridiagonalize on rows of Z, from the last to the first (Qᵀ z) or the other way (Q z). */
function reflect(n: i32, back: bool, c: usize, ld: usize, h: usize, count: i32, z: usize, row: usize): void {
  for (let step = 2; step < n; step++) {
    const i = back ? step : n + 1 - step;
    const half = load<f64>(h + ((<usize>i) << 3));
    if (half !== 0) reflectRows(count, z, row, c + <usize>i * ld, (<usize>(i + 1) & ~1) << 3, 1 / half);
  }
}

/**
 * For each of `places` with rows y, targets d and weights ρ (of `indices` and `weights` from starts[p] to starts[p + 1]): with
 * C = I + Σ ρ y yᵀ / k and b = Σ ρ d y its vectors x (vectorStarts[p] to vectorStarts[p + 1]) become C^(−1/2) x + (xᵀ C⁻¹ b / k) 1.
 * Rows and vectors have n numbers, then zeros to a multiple of 8. Returns −1, or the place whose C is not finite.
 *
 * C is made tridiagonal; its inverse root then is a sum over poles (Hale, Higham and Trefethen 2008), for eigenvalues from 1 to
 * a bound. `poles` has, for each level of bounds, where its poles begin and how many there are, an even number: shifts, then
 * weights. Eigenvectors are taken for many vectors, and for condition numbers beyond all levels.
 */
export function gramTransforms(
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
  const row = rowBytes(n);
  const ld = squareBytes(n);
  const block = work;
  const c = block + <usize>BLOCK * row;
  const vector = row + 64;
  const b = c + <usize>(((n + 7) >> 3) << 3) * ld;
  const d = b + vector;
  const e = d + vector;
  const h = e + vector;
  const w = h + vector;
  const p = w + vector;
  const pivots = p + vector;
  const rest = pivots + 2 * vector;
  for (let place = 0; place < places; place++) {
    const at = (<usize>place) << 2;
    const from = load<i32>(starts + at);
    const count = load<i32>(starts + at, 4) - from;
    const first = load<i32>(vectorStarts + at);
    const own = load<i32>(vectorStarts + at, 4) - first;
    if (count === 0 || own === 0) continue;
    const x = vectors + <usize>first * row;
    const shift = (<usize>from) << 2;
    weightedGram(n, k, count, row, rows, targets, indices + shift, weights + 2 * shift, block, c, ld, b);
    let check: f64 = 0;
    for (let i = 0; i < n; i++) check += load<f64>(c + <usize>i * (ld + 8)) * 0 + load<f64>(b + ((<usize>i) << 3)) * 0;
    if (check !== 0) return place;
    if (own >= MANY) {
      if (!byEigenvectors(n, k, c, ld, b, own, x, row, d, rest)) return place;
      continue;
    }
    tridiagonalize(n, c, ld, d, e, h, w, p);
    const level = levelOf(n, d, e);
    if (level >= LEVELS) {
      weightedGram(n, k, count, row, rows, targets, indices + shift, weights + 2 * shift, block, c, ld, b);
      if (!byEigenvectors(n, k, c, ld, b, own, x, row, d, rest)) return place;
      continue;
    }
    for (let i = 2; i < n; i++) store<f64>(c + <usize>i * (ld + 8), 0);
    const z = rest;
    memory.copy(z, b, row);
    memory.copy(z + row, x, <usize>own * row);
    reflect(n, false, c, ld, h, own + 1, z, row);
    solveTridiagonal(n, d, e, pivots, z);
    const entry = poles + ((<usize>level) << 4);
    const size = <usize>load<f64>(entry, 8);
    const shifts = poles + ((<usize>load<f64>(entry)) << 3);
    const inverse = z + <usize>(own + 1) * row;
    const lower = inverse + ((<usize>n * size) << 3);
    const u = lower + ((<usize>n * size) << 3);
    factor(n, d, e, size, shifts, inverse, lower);
    for (let i = 0; i < own; i++) {
      const zi = z + <usize>(i + 1) * row;
      store<f64>(p + ((<usize>i) << 3), dot(n, z, zi) / k);
      applyPoles(n, size, shifts + (size << 3), inverse, lower, u, zi);
    }
    reflect(n, true, c, ld, h, own, z + row, row);
    for (let i = 0; i < own; i++) {
      const zi = z + <usize>(i + 1) * row;
      const mean = load<f64>(p + ((<usize>i) << 3));
      const to = x + <usize>i * row;
      for (let o: usize = 0; o < (<usize>n) << 3; o += 8) store<f64>(to + o, load<f64>(zi + o) + mean);
    }
  }
  return -1;
}

/** The same by eigenvectors: one matrix for all vectors of a place. False when they don't converge. */
function byEigenvectors(
  n: i32,
  k: f64,
  c: usize,
  ld: usize,
  b: usize,
  own: i32,
  x: usize,
  row: usize,
  values: usize,
  rest: usize,
): bool {
  const v = rest;
  const scaled = v + <usize>n * row;
  const out = scaled + <usize>n * row;
  const work = out + <usize>own * row;
  const stride = <i32>(row >> 3);
  if (eigen(n, c, <i32>(ld >> 3), values, v, stride, work) !== -1) return false;
  // The weights of the mean into the first row of `out`, by the scaled vectors' space: w = V Λ⁻¹ Vᵀ b / k.
  for (let j = 0; j < n; j++) {
    let sum: f64 = 0;
    for (let i = 0; i < n; i++)
      sum += load<f64>(v + <usize>i * row + ((<usize>j) << 3)) * load<f64>(b + ((<usize>i) << 3));
    store<f64>(scaled + ((<usize>j) << 3), sum / (k * load<f64>(values + ((<usize>j) << 3))));
  }
  for (let i = 0; i < n; i++) store<f64>(b + ((<usize>i) << 3), dot(n, v + <usize>i * row, scaled));
  for (let j = 0; j < n; j++) {
    const at = (<usize>j) << 3;
    const root = 1 / Math.sqrt(load<f64>(values + at));
    for (let i = 0; i < n; i++) {
      const to = <usize>i * row + at;
      store<f64>(scaled + to, root * load<f64>(v + to));
    }
  }
  gemm<f64>(FULL, n, n, n, 1, scaled, stride, 1, v, 1, stride, 0, c, <i32>(ld >> 3), work);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      const to = c + <usize>i * ld + ((<usize>j) << 3);
      store<f64>(to, load<f64>(to) + load<f64>(b + ((<usize>j) << 3)));
    }
  gemm<f64>(FULL, own, n, n, 1, x, stride, 1, c, 1, <i32>(ld >> 3), 0, out, stride, work);
  for (let i = 0; i < own; i++) memory.copy(x + <usize>i * row, out + <usize>i * row, (<usize>n) << 3);
  return true;
}
