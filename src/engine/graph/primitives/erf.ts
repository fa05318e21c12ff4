const A = [3.1611237438705655, 113.86415415105016, 377.485237685302, 3209.3775891384694, 0.18577770618460315];
const B = [23.601290952344122, 244.02463793444417, 1282.6165260773723, 2844.236833439171];
const C = [
  0.5641884969886701, 8.883149794388377, 66.11919063714163, 298.6351381974001, 881.952221241769, 1712.0476126340707,
  2051.0783778260716, 1230.3393547979972, 2.1531153547440383e-8,
];
const D = [
  15.744926110709835, 117.6939508913125, 537.1811018620099, 1621.3895745666903, 3290.7992357334597, 4362.619090143247,
  3439.3676741437216, 1230.3393548037495,
];
const P = [
  0.30532663496123236, 0.36034489994980445, 0.12578172611122926, 0.016083785148742275, 0.0006587491615298378,
  0.016315387137302097,
];
const Q = [2.568520192289822, 1.8729528499234673, 0.5279051029514285, 0.06051834131244132, 0.0023352049762686918];

/** Cody's coefficients: numerators and denominators for |x| up to 0.46875, up to 4, and beyond. */
export const ERF_COEFFICIENTS: { readonly [name in "A" | "B" | "C" | "D" | "P" | "Q"]: readonly number[] } = {
  A,
  B,
  C,
  D,
  P,
  Q,
};

/** p[last], then p[0] … p[last − 1], by Horner's rule in z: Cody's order of coefficients. */
function ratio(p: readonly number[], q: readonly number[], z: number): number {
  const last = q.length - 1;
  let above = p[last + 1]! * z;
  let below = z;
  for (let i = 0; i < last; i++) {
    above = (above + p[i]!) * z;
    below = (below + q[i]!) * z;
  }
  return (above + p[last]!) / (below + q[last]!);
}

/**
 * The error function, within 2·10⁻¹⁶ absolutely and some units in the last place.
 * @see [Cody1969]
 */
export function erf(x: number): number {
  const y = Math.abs(x);
  if (y <= 0.46875) return x * ratio(A, B, y * y);
  if (Number.isNaN(x)) return x;
  if (y > 6) return Math.sign(x);
  let tail: number;
  if (y <= 4) tail = ratio(C, D, y);
  else {
    const z = 1 / (y * y);
    tail = (1 / Math.sqrt(Math.PI) - z * ratio(P, Q, z)) / y;
  }
  // exp(−y²) of a y cut after its first bits is exact in the exponent.
  const cut = Math.trunc(y * 16) / 16;
  const complement = Math.exp(-cut * cut) * Math.exp(-(y - cut) * (y + cut)) * tail;
  return Math.sign(x) * (0.5 - complement + 0.5);
}
