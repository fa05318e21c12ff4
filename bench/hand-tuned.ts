/** Lorenz 96 with 40 variables as fast as we could write it: stages fused, ends peeled, literal bounds, one array. */
const F = new Float64Array(512);
const [Z, Y, K1, K2, K3] = [96, 144, 192, 240, 288] as const;
const H = 0.025;
const DT = 0.05;
const C = 0.05 / 6;

/** RK4 steps of 0.05 from x; the result is a view that the next call overwrites. */
export function lorenz96Tuned(x: Float64Array, steps: number): Float64Array {
  F.set(x, 0);
  let p = 0;
  let q = 48;
  for (let s = 0; s < steps; s++) {
    let k = (F[p + 1]! - F[p + 38]!) * F[p + 39]! - F[p]! + 8;
    F[K1] = k;
    F[Z] = F[p]! + H * k;
    k = (F[p + 2]! - F[p + 39]!) * F[p]! - F[p + 1]! + 8;
    F[K1 + 1] = k;
    F[Z + 1] = F[p + 1]! + H * k;
    for (let i = 2; i < 39; i++) {
      k = (F[p + i + 1]! - F[p + i - 2]!) * F[p + i - 1]! - F[p + i]! + 8;
      F[K1 + i] = k;
      F[Z + i] = F[p + i]! + H * k;
    }
    k = (F[p]! - F[p + 37]!) * F[p + 38]! - F[p + 39]! + 8;
    F[K1 + 39] = k;
    F[Z + 39] = F[p + 39]! + H * k;

    k = (F[Z + 1]! - F[Z + 38]!) * F[Z + 39]! - F[Z]! + 8;
    F[K2] = k;
    F[Y] = F[p]! + H * k;
    k = (F[Z + 2]! - F[Z + 39]!) * F[Z]! - F[Z + 1]! + 8;
    F[K2 + 1] = k;
    F[Y + 1] = F[p + 1]! + H * k;
    for (let i = 2; i < 39; i++) {
      k = (F[Z + i + 1]! - F[Z + i - 2]!) * F[Z + i - 1]! - F[Z + i]! + 8;
      F[K2 + i] = k;
      F[Y + i] = F[p + i]! + H * k;
    }
    k = (F[Z]! - F[Z + 37]!) * F[Z + 38]! - F[Z + 39]! + 8;
    F[K2 + 39] = k;
    F[Y + 39] = F[p + 39]! + H * k;

    k = (F[Y + 1]! - F[Y + 38]!) * F[Y + 39]! - F[Y]! + 8;
    F[K3] = k;
    F[Z] = F[p]! + DT * k;
    k = (F[Y + 2]! - F[Y + 39]!) * F[Y]! - F[Y + 1]! + 8;
    F[K3 + 1] = k;
    F[Z + 1] = F[p + 1]! + DT * k;
    for (let i = 2; i < 39; i++) {
      k = (F[Y + i + 1]! - F[Y + i - 2]!) * F[Y + i - 1]! - F[Y + i]! + 8;
      F[K3 + i] = k;
      F[Z + i] = F[p + i]! + DT * k;
    }
    k = (F[Y]! - F[Y + 37]!) * F[Y + 38]! - F[Y + 39]! + 8;
    F[K3 + 39] = k;
    F[Z + 39] = F[p + 39]! + DT * k;

    k = (F[Z + 1]! - F[Z + 38]!) * F[Z + 39]! - F[Z]! + 8;
    F[q] = F[p]! + C * (F[K1]! + 2 * F[K2]! + 2 * F[K3]! + k);
    k = (F[Z + 2]! - F[Z + 39]!) * F[Z]! - F[Z + 1]! + 8;
    F[q + 1] = F[p + 1]! + C * (F[K1 + 1]! + 2 * F[K2 + 1]! + 2 * F[K3 + 1]! + k);
    for (let i = 2; i < 39; i++) {
      k = (F[Z + i + 1]! - F[Z + i - 2]!) * F[Z + i - 1]! - F[Z + i]! + 8;
      F[q + i] = F[p + i]! + C * (F[K1 + i]! + 2 * F[K2 + i]! + 2 * F[K3 + i]! + k);
    }
    k = (F[Z]! - F[Z + 37]!) * F[Z + 38]! - F[Z + 39]! + 8;
    F[q + 39] = F[p + 39]! + C * (F[K1 + 39]! + 2 * F[K2 + 39]! + 2 * F[K3 + 39]! + k);
    const swap = p;
    p = q;
    q = swap;
  }
  return F.subarray(p, p + 40);
}
