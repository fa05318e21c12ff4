// Implicit QL sweeps on a tridiagonal matrix; their rotations are recorded and applied to strips of the eigenvectors later.

const TINY: f64 = 1e-290;
const MOST_SWEEPS: i32 = 60;
/** Rotations that are recorded before they are applied; a record of them and a strip of rows stay in the cache. */
export const RECORD: i32 = 4096;
const MOST_RECORDED_SWEEPS: i32 = 512;

/** Bytes of scratch space of {@link qlImplicit}: cosine and sine of each rotation, and the range of each sweep. */
export function qlBytes(n: i32): i32 {
  return (RECORD + n) * 16 + MOST_RECORDED_SWEEPS * 8;
}

function hypotenuse(f: f64, g: f64): f64 {
  const square = f * f + g * g;
  if (square > TINY) return Math.sqrt(square);
  const largest = Math.max(Math.abs(f), Math.abs(g));
  if (largest === 0) return 0;
  const a = f / largest;
  const b = g / largest;
  return largest * Math.sqrt(a * a + b * b);
}

/**
 * Eigenvalues of the tridiagonal matrix with diagonal d and subdiagonal e[0] to e[n − 2] (destroyed), to d; rows of Z
 * (n × bytes, `ldz` bytes apart) are turned along, so that Qᵀ becomes the transposed eigenvectors. Returns -1, or the
 * eigenvalue that doesn't converge.
 */
export function qlImplicit(n: i32, d: usize, e: usize, z: usize, ldz: usize, bytes: usize, work: usize): i32 {
  const ranges = work + <usize>(RECORD + n) * 16;
  let rotations = 0;
  let sweeps = 0;
  store<f64>(e + ((<usize>(n - 1)) << 3), 0);
  for (let l = 0; l < n; l++)
    for (let sweep = 0; ; sweep++) {
      let m = l;
      for (; m < n - 1; m++) {
        const off = Math.abs(load<f64>(e + ((<usize>m) << 3)));
        const sum = Math.abs(load<f64>(d + ((<usize>m) << 3))) + Math.abs(load<f64>(d + ((<usize>m) << 3), 8));
        if (off <= f64.EPSILON * sum || off < TINY) break;
      }
      if (m === l) break;
      if (sweep === MOST_SWEEPS) return l;
      const from = qlSweep(d, e, work + ((<usize>rotations) << 4), l, m);
      store<i32>(ranges + ((<usize>sweeps) << 3), from);
      store<i32>(ranges + ((<usize>sweeps) << 3), m, 4);
      rotations += m - from;
      sweeps++;
      if (rotations >= RECORD || sweeps === MOST_RECORDED_SWEEPS) {
        applyRotations(sweeps, work, ranges, z, ldz, bytes);
        rotations = 0;
        sweeps = 0;
      }
    }
  applyRotations(sweeps, work, ranges, z, ldz, bytes);
  return -1;
}

/** One sweep from m up to l; records its rotations in this order, returns the index that they reach down to. */
function qlSweep(d: usize, e: usize, record: usize, l: i32, m: i32): i32 {
  const dl = load<f64>(d + ((<usize>l) << 3));
  const el = load<f64>(e + ((<usize>l) << 3));
  let g = (load<f64>(d + ((<usize>l) << 3), 8) - dl) / (2 * el);
  const root = Math.abs(g) > 1e150 ? Math.abs(g) : Math.sqrt(g * g + 1);
  g = load<f64>(d + ((<usize>m) << 3)) - dl + el / (g >= 0 ? g + root : g - root);
  let s: f64 = 1;
  let c: f64 = 1;
  let p: f64 = 0;
  let next = load<f64>(d + ((<usize>m) << 3));
  for (let i = m - 1; i >= l; i--) {
    const di = d + ((<usize>i) << 3);
    const ei = e + ((<usize>i) << 3);
    const off = load<f64>(ei);
    const f = s * off;
    const b = c * off;
    const r = hypotenuse(f, g);
    store<f64>(ei, r, 8);
    if (r === 0) {
      store<f64>(di, next - p, 8);
      store<f64>(e + ((<usize>m) << 3), 0);
      return i + 1;
    }
    const inverse = 1 / r;
    s = f * inverse;
    c = g * inverse;
    g = next - p;
    next = load<f64>(di);
    const t = (next - g) * s + 2 * c * b;
    p = s * t;
    store<f64>(di, g + p, 8);
    g = c * t - b;
    store<f64>(record, c);
    store<f64>(record, s, 8);
    record += 16;
  }
  store<f64>(d + ((<usize>l) << 3), next - p);
  store<f64>(e + ((<usize>l) << 3), g);
  store<f64>(e + ((<usize>m) << 3), 0);
  return l;
}

/** Applies recorded sweeps to all columns of Z in strips of 8, 4 and 2, which stay in the cache and carry a row in registers. */
function applyRotations(sweeps: i32, record: usize, ranges: usize, z: usize, ldz: usize, bytes: usize): void {
  let o: usize = 0;
  for (; o + 64 <= bytes; o += 64) {
    let r = record;
    for (let sweep = 0; sweep < sweeps; sweep++) {
      const from = load<i32>(ranges + ((<usize>sweep) << 3));
      const m = load<i32>(ranges + ((<usize>sweep) << 3), 4);
      let row = z + o + <usize>m * ldz;
      let h0 = v128.load(row);
      let h1 = v128.load(row, 16);
      let h2 = v128.load(row, 32);
      let h3 = v128.load(row, 48);
      for (let i = m - 1; i >= from; i--) {
        const above = row - ldz;
        const c = v128.load64_splat(r);
        const s = v128.load64_splat(r, 8);
        const z0 = v128.load(above);
        v128.store(row, f64x2.add(f64x2.mul(s, z0), f64x2.mul(c, h0)));
        h0 = f64x2.sub(f64x2.mul(c, z0), f64x2.mul(s, h0));
        const z1 = v128.load(above, 16);
        v128.store(row, f64x2.add(f64x2.mul(s, z1), f64x2.mul(c, h1)), 16);
        h1 = f64x2.sub(f64x2.mul(c, z1), f64x2.mul(s, h1));
        const z2 = v128.load(above, 32);
        v128.store(row, f64x2.add(f64x2.mul(s, z2), f64x2.mul(c, h2)), 32);
        h2 = f64x2.sub(f64x2.mul(c, z2), f64x2.mul(s, h2));
        const z3 = v128.load(above, 48);
        v128.store(row, f64x2.add(f64x2.mul(s, z3), f64x2.mul(c, h3)), 48);
        h3 = f64x2.sub(f64x2.mul(c, z3), f64x2.mul(s, h3));
        row = above;
        r += 16;
      }
      v128.store(row, h0);
      v128.store(row, h1, 16);
      v128.store(row, h2, 32);
      v128.store(row, h3, 48);
    }
  }
  for (; o < bytes; o += 16) {
    let r = record;
    for (let sweep = 0; sweep < sweeps; sweep++) {
      const from = load<i32>(ranges + ((<usize>sweep) << 3));
      const m = load<i32>(ranges + ((<usize>sweep) << 3), 4);
      let row = z + o + <usize>m * ldz;
      let h = v128.load(row);
      for (let i = m - 1; i >= from; i--) {
        const above = row - ldz;
        const c = v128.load64_splat(r);
        const s = v128.load64_splat(r, 8);
        const x = v128.load(above);
        v128.store(row, f64x2.add(f64x2.mul(s, x), f64x2.mul(c, h)));
        h = f64x2.sub(f64x2.mul(c, x), f64x2.mul(s, h));
        row = above;
        r += 16;
      }
      v128.store(row, h);
    }
  }
}
