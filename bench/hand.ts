/** Hand-written loops and adjoints that generated code is measured against. */

export const lorenz63 = {
  /** RK4 steps in place. */
  forward(x: Float64Array, at: number, steps: number, dt: number): void {
    let a = x[at]!;
    let b = x[at + 1]!;
    let c = x[at + 2]!;
    const h = dt / 2;
    for (let s = 0; s < steps; s++) {
      const a1 = 10 * (b - a);
      const b1 = a * (28 - c) - b;
      const c1 = a * b - (8 / 3) * c;
      const p = a + h * a1;
      const q = b + h * b1;
      const r = c + h * c1;
      const a2 = 10 * (q - p);
      const b2 = p * (28 - r) - q;
      const c2 = p * q - (8 / 3) * r;
      const p2 = a + h * a2;
      const q2 = b + h * b2;
      const r2 = c + h * c2;
      const a3 = 10 * (q2 - p2);
      const b3 = p2 * (28 - r2) - q2;
      const c3 = p2 * q2 - (8 / 3) * r2;
      const p3 = a + dt * a3;
      const q3 = b + dt * b3;
      const r3 = c + dt * c3;
      const a4 = 10 * (q3 - p3);
      const b4 = p3 * (28 - r3) - q3;
      const c4 = p3 * q3 - (8 / 3) * r3;
      a += (dt / 6) * (a1 + 2 * a2 + 2 * a3 + a4);
      b += (dt / 6) * (b1 + 2 * b2 + 2 * b3 + b4);
      c += (dt / 6) * (c1 + 2 * c2 + 2 * c3 + c4);
    }
    x[at] = a;
    x[at + 1] = b;
    x[at + 2] = c;
  },
};

/** Cost ½ Σ |x_k − y_k|² over `blocks` blocks of `steps` RK4 steps of Lorenz 63, and its gradient by a hand adjoint. */
export function lorenz63Cost(
  blocks: number,
  steps: number,
  dt: number,
): (x0: Float64Array, y: Float64Array, gradient: Float64Array) => number {
  const total = blocks * steps;
  const path = new Float64Array((total + 1) * 3);
  const h = dt / 2;
  return (x0, y, gradient) => {
    path[0] = x0[0]!;
    path[1] = x0[1]!;
    path[2] = x0[2]!;
    let [a, b, c] = [x0[0]!, x0[1]!, x0[2]!];
    let cost = 0;
    for (let k = 0, t = 0; k < blocks; k++) {
      for (let s = 0; s < steps; s++, t++) {
        const a1 = 10 * (b - a),
          b1 = a * (28 - c) - b,
          c1 = a * b - (8 / 3) * c;
        const p = a + h * a1,
          q = b + h * b1,
          r = c + h * c1;
        const a2 = 10 * (q - p),
          b2 = p * (28 - r) - q,
          c2 = p * q - (8 / 3) * r;
        const p2 = a + h * a2,
          q2 = b + h * b2,
          r2 = c + h * c2;
        const a3 = 10 * (q2 - p2),
          b3 = p2 * (28 - r2) - q2,
          c3 = p2 * q2 - (8 / 3) * r2;
        const p3 = a + dt * a3,
          q3 = b + dt * b3,
          r3 = c + dt * c3;
        const a4 = 10 * (q3 - p3),
          b4 = p3 * (28 - r3) - q3,
          c4 = p3 * q3 - (8 / 3) * r3;
        a += (dt / 6) * (a1 + 2 * a2 + 2 * a3 + a4);
        b += (dt / 6) * (b1 + 2 * b2 + 2 * b3 + b4);
        c += (dt / 6) * (c1 + 2 * c2 + 2 * c3 + c4);
        path[3 * t + 3] = a;
        path[3 * t + 4] = b;
        path[3 * t + 5] = c;
      }
      const da = a - y[3 * k]!,
        db = b - y[3 * k + 1]!,
        dc = c - y[3 * k + 2]!;
      cost += 0.5 * (da * da + db * db + dc * dc);
    }
    let u = 0,
      v = 0,
      w = 0;
    for (let k = blocks - 1, t = total - 1; k >= 0; k--) {
      u += path[3 * t + 3]! - y[3 * k]!;
      v += path[3 * t + 4]! - y[3 * k + 1]!;
      w += path[3 * t + 5]! - y[3 * k + 2]!;
      for (let s = 0; s < steps; s++, t--) {
        const x = path[3 * t]!,
          yy = path[3 * t + 1]!,
          z = path[3 * t + 2]!;
        const a1 = 10 * (yy - x),
          b1 = x * (28 - z) - yy,
          c1 = x * yy - (8 / 3) * z;
        const p = x + h * a1,
          q = yy + h * b1,
          r = z + h * c1;
        const a2 = 10 * (q - p),
          b2 = p * (28 - r) - q,
          c2 = p * q - (8 / 3) * r;
        const p2 = x + h * a2,
          q2 = yy + h * b2,
          r2 = z + h * c2;
        const a3 = 10 * (q2 - p2),
          b3 = p2 * (28 - r2) - q2,
          c3 = p2 * q2 - (8 / 3) * r2;
        const p3 = x + dt * a3,
          q3 = yy + dt * b3,
          r3 = z + dt * c3;
        const e = dt / 6;
        // adjoint of the last stage's tendency, and so on back
        const k4a = e * u,
          k4b = e * v,
          k4c = e * w;
        const s4a = -10 * k4a + (28 - r3) * k4b + q3 * k4c,
          s4b = 10 * k4a - k4b + p3 * k4c,
          s4c = -p3 * k4b - (8 / 3) * k4c;
        const k3a = 2 * e * u + dt * s4a,
          k3b = 2 * e * v + dt * s4b,
          k3c = 2 * e * w + dt * s4c;
        const s3a = -10 * k3a + (28 - r2) * k3b + q2 * k3c,
          s3b = 10 * k3a - k3b + p2 * k3c,
          s3c = -p2 * k3b - (8 / 3) * k3c;
        const k2a = 2 * e * u + h * s3a,
          k2b = 2 * e * v + h * s3b,
          k2c = 2 * e * w + h * s3c;
        const s2a = -10 * k2a + (28 - r) * k2b + q * k2c,
          s2b = 10 * k2a - k2b + p * k2c,
          s2c = -p * k2b - (8 / 3) * k2c;
        const k1a = e * u + h * s2a,
          k1b = e * v + h * s2b,
          k1c = e * w + h * s2c;
        const s1a = -10 * k1a + (28 - z) * k1b + yy * k1c,
          s1b = 10 * k1a - k1b + x * k1c,
          s1c = -x * k1b - (8 / 3) * k1c;
        u += s1a + s2a + s3a + s4a;
        v += s1b + s2b + s3b + s4b;
        w += s1c + s2c + s3c + s4c;
      }
    }
    gradient[0] = u;
    gradient[1] = v;
    gradient[2] = w;
    return cost;
  };
}

/** Tendency of Lorenz 96 at x[at…], ends written out. */
function tendency96(x: Float64Array, k: Float64Array, n: number): void {
  k[0] = (x[1]! - x[n - 2]!) * x[n - 1]! - x[0]! + 8;
  k[1] = (x[2]! - x[n - 1]!) * x[0]! - x[1]! + 8;
  for (let i = 2; i < n - 1; i++) k[i] = (x[i + 1]! - x[i - 2]!) * x[i - 1]! - x[i]! + 8;
  k[n - 1] = (x[0]! - x[n - 3]!) * x[n - 2]! - x[n - 1]! + 8;
}

/** Adds the adjoint of the tendency at x applied to k to g. */
function adjoint96(x: Float64Array, k: Float64Array, g: Float64Array, n: number): void {
  g[0] = k[n - 1]! * x[n - 2]! - k[2]! * x[1]! + k[1]! * (x[2]! - x[n - 1]!) - k[0]!;
  g[1] = k[0]! * x[n - 1]! - k[3]! * x[2]! + k[2]! * (x[3]! - x[0]!) - k[1]!;
  for (let i = 2; i < n - 2; i++)
    g[i] = k[i - 1]! * x[i - 2]! - k[i + 2]! * x[i + 1]! + k[i + 1]! * (x[i + 2]! - x[i - 1]!) - k[i]!;
  g[n - 2] = k[n - 3]! * x[n - 4]! - k[0]! * x[n - 1]! + k[n - 1]! * (x[0]! - x[n - 3]!) - k[n - 2]!;
  g[n - 1] = k[n - 2]! * x[n - 3]! - k[1]! * x[0]! + k[0]! * (x[1]! - x[n - 2]!) - k[n - 1]!;
}

export function lorenz96Forward(n: number, dt: number): (x: Float64Array, steps: number) => void {
  const k1 = new Float64Array(n);
  const k2 = new Float64Array(n);
  const k3 = new Float64Array(n);
  const k4 = new Float64Array(n);
  const z = new Float64Array(n);
  const h = dt / 2;
  return (x, steps) => {
    for (let s = 0; s < steps; s++) {
      tendency96(x, k1, n);
      for (let i = 0; i < n; i++) z[i] = x[i]! + h * k1[i]!;
      tendency96(z, k2, n);
      for (let i = 0; i < n; i++) z[i] = x[i]! + h * k2[i]!;
      tendency96(z, k3, n);
      for (let i = 0; i < n; i++) z[i] = x[i]! + dt * k3[i]!;
      tendency96(z, k4, n);
      for (let i = 0; i < n; i++) x[i] = x[i]! + (dt / 6) * (k1[i]! + 2 * k2[i]! + 2 * k3[i]! + k4[i]!);
    }
  };
}

/** As {@link lorenz63Cost}, for Lorenz 96. */
export function lorenz96Cost(
  n: number,
  blocks: number,
  steps: number,
  dt: number,
): (x0: Float64Array, y: Float64Array, gradient: Float64Array) => number {
  const total = blocks * steps;
  const path = new Float64Array(4 * total * n);
  const k1 = new Float64Array(n);
  const k2 = new Float64Array(n);
  const k3 = new Float64Array(n);
  const k4 = new Float64Array(n);
  const x = new Float64Array(n);
  const g = new Float64Array(n);
  const s1 = new Float64Array(n);
  const s2 = new Float64Array(n);
  const s3 = new Float64Array(n);
  const z1 = new Float64Array(n);
  const z2 = new Float64Array(n);
  const z3 = new Float64Array(n);
  const z4 = new Float64Array(n);
  const h = dt / 2;
  const e = dt / 6;
  const finals = Array.from({ length: blocks }, () => new Float64Array(n));
  return (x0, y, gradient) => {
    x.set(x0);
    let cost = 0;
    for (let k = 0, t = 0; k < blocks; k++) {
      for (let s = 0; s < steps; s++, t++) {
        const at = 4 * t * n;
        path.set(x, at);
        tendency96(x, k1, n);
        for (let i = 0; i < n; i++) z2[i] = x[i]! + h * k1[i]!;
        tendency96(z2, k2, n);
        for (let i = 0; i < n; i++) z3[i] = x[i]! + h * k2[i]!;
        tendency96(z3, k3, n);
        for (let i = 0; i < n; i++) z4[i] = x[i]! + dt * k3[i]!;
        tendency96(z4, k4, n);
        path.set(z2, at + n);
        path.set(z3, at + 2 * n);
        path.set(z4, at + 3 * n);
        for (let i = 0; i < n; i++) x[i] = x[i]! + e * (k1[i]! + 2 * k2[i]! + 2 * k3[i]! + k4[i]!);
      }
      finals[k]!.set(x);
      for (let i = 0; i < n; i++) {
        const d = x[i]! - y[k * n + i]!;
        cost += 0.5 * d * d;
      }
    }
    g.fill(0);
    for (let k = blocks - 1, t = total - 1; k >= 0; k--) {
      for (let i = 0; i < n; i++) g[i] = g[i]! + finals[k]![i]! - y[k * n + i]!;
      for (let s = 0; s < steps; s++, t--) {
        const at = 4 * t * n;
        for (let i = 0; i < n; i++) {
          z1[i] = path[at + i]!;
          z2[i] = path[at + n + i]!;
          z3[i] = path[at + 2 * n + i]!;
          z4[i] = path[at + 3 * n + i]!;
        }
        for (let i = 0; i < n; i++) k4[i] = e * g[i]!;
        adjoint96(z4, k4, s3, n);
        for (let i = 0; i < n; i++) k3[i] = 2 * e * g[i]! + dt * s3[i]!;
        adjoint96(z3, k3, s2, n);
        for (let i = 0; i < n; i++) k2[i] = 2 * e * g[i]! + h * s2[i]!;
        adjoint96(z2, k2, s1, n);
        for (let i = 0; i < n; i++) k1[i] = e * g[i]! + h * s1[i]!;
        adjoint96(z1, k1, k4, n);
        for (let i = 0; i < n; i++) g[i] = g[i]! + s1[i]! + s2[i]! + s3[i]! + k4[i]!;
      }
    }
    gradient.set(g);
    return cost;
  };
}

/** Steps of a periodic shallow-water model on an n × n grid; fields u, v, h one after another in s. */
export function shallowWaterForward(
  n: number,
  dt: number,
  dx: number,
): (s: Float64Array, steps: number) => Float64Array {
  let other: Float64Array = new Float64Array(3 * n * n);
  const c = 0.5 / dx;
  return (s0, steps) => {
    let s = s0;
    const N = n * n;
    for (let step = 0; step < steps; step++) {
      const o = other;
      for (let i = 0; i < n; i++) {
        const up = (i === 0 ? n - 1 : i - 1) * n;
        const row = i * n;
        const down = (i === n - 1 ? 0 : i + 1) * n;
        for (let j = 0; j < n; j++) {
          const l = j === 0 ? n - 1 : j - 1;
          const r = j === n - 1 ? 0 : j + 1;
          const at = row + j;
          const hx = (s[2 * N + row + r]! - s[2 * N + row + l]!) * c;
          const hy = (s[2 * N + down + j]! - s[2 * N + up + j]!) * c;
          const fx = (s[row + r]! * s[2 * N + row + r]! - s[row + l]! * s[2 * N + row + l]!) * c;
          const fy = (s[N + down + j]! * s[2 * N + down + j]! - s[N + up + j]! * s[2 * N + up + j]!) * c;
          o[at] = s[at]! - dt * (hx + 0.2 * s[at]!);
          o[N + at] = s[N + at]! - dt * (hy + 0.2 * s[N + at]!);
          o[2 * N + at] = s[2 * N + at]! - dt * (fx + fy);
        }
      }
      other = s === s0 ? new Float64Array(3 * N) : s;
      s = o;
    }
    return s;
  };
}

/** Cost ½ |s_end − y|² of {@link shallowWaterForward}'s model and its gradient by a hand adjoint. */
export function shallowWaterCost(
  n: number,
  steps: number,
  dt: number,
  dx: number,
): (s0: Float64Array, y: Float64Array, gradient: Float64Array) => number {
  const N = n * n;
  const path = Array.from({ length: steps + 1 }, () => new Float64Array(3 * N));
  let g = new Float64Array(3 * N);
  let p = new Float64Array(3 * N);
  const c = 0.5 / dx;
  return (s0, y, gradient) => {
    path[0]!.set(s0);
    for (let step = 0; step < steps; step++) {
      const s = path[step]!;
      const o = path[step + 1]!;
      for (let i = 0; i < n; i++) {
        const up = (i === 0 ? n - 1 : i - 1) * n,
          row = i * n,
          down = (i === n - 1 ? 0 : i + 1) * n;
        for (let j = 0; j < n; j++) {
          const l = j === 0 ? n - 1 : j - 1,
            r = j === n - 1 ? 0 : j + 1,
            at = row + j;
          const hx = (s[2 * N + row + r]! - s[2 * N + row + l]!) * c;
          const hy = (s[2 * N + down + j]! - s[2 * N + up + j]!) * c;
          const fx = (s[row + r]! * s[2 * N + row + r]! - s[row + l]! * s[2 * N + row + l]!) * c;
          const fy = (s[N + down + j]! * s[2 * N + down + j]! - s[N + up + j]! * s[2 * N + up + j]!) * c;
          o[at] = s[at]! - dt * (hx + 0.2 * s[at]!);
          o[N + at] = s[N + at]! - dt * (hy + 0.2 * s[N + at]!);
          o[2 * N + at] = s[2 * N + at]! - dt * (fx + fy);
        }
      }
    }
    let cost = 0;
    const end = path[steps]!;
    for (let i = 0; i < 3 * N; i++) {
      const d = end[i]! - y[i]!;
      g[i] = d;
      cost += 0.5 * d * d;
    }
    const e = dt * c;
    for (let step = steps - 1; step >= 0; step--) {
      const s = path[step]!;
      for (let i = 0; i < n; i++) {
        const up = (i === 0 ? n - 1 : i - 1) * n,
          row = i * n,
          down = (i === n - 1 ? 0 : i + 1) * n;
        for (let j = 0; j < n; j++) {
          const l = j === 0 ? n - 1 : j - 1,
            r = j === n - 1 ? 0 : j + 1,
            at = row + j;
          const gx = e * (g[2 * N + row + r]! - g[2 * N + row + l]!);
          const gy = e * (g[2 * N + down + j]! - g[2 * N + up + j]!);
          p[at] = g[at]! * (1 - 0.2 * dt) + gx * s[2 * N + at]!;
          p[N + at] = g[N + at]! * (1 - 0.2 * dt) + gy * s[2 * N + at]!;
          p[2 * N + at] =
            g[2 * N + at]! +
            gx * s[at]! +
            gy * s[N + at]! +
            e * (g[row + r]! - g[row + l]!) +
            e * (g[N + down + j]! - g[N + up + j]!);
        }
      }
      const swap = g;
      g = p;
      p = swap;
    }
    gradient.set(g);
    return cost;
  };
}
