/** Coefficients of a step of the fourth-order exponential Runge-Kutta scheme, one for each mode. */
export interface Etdrk4Coefficients {
  /** exp(h L) and exp(h L / 2). */
  readonly E: Float64Array;
  readonly E2: Float64Array;
  /** Of the stages: h (exp(hL/2) − 1) / (hL). */
  readonly Q: Float64Array;
  /** Of the last combination. */
  readonly f1: Float64Array;
  readonly f2: Float64Array;
  readonly f3: Float64Array;
}

/** Points of the upper half circle on which the coefficients are averaged. */
const points = 16;

/**
 * Coefficients for du/dt = L u + N(u) with a real diagonal L, as means over a circle of radius 1 around h·L, where the
 * formulas don't cancel. L is real, so the upper half circle and the real parts are enough.
 * @param L `[modes]` @param h time step
 * @see [CoxMatthews2002] [KassamTrefethen2005]
 */
export function etdrk4Coefficients(L: Float64Array, h: number): Etdrk4Coefficients {
  const mean = (f: (z: Complex) => Complex): Float64Array =>
    L.map((l) => {
      let sum = 0;
      for (let j = 0; j < points; j++) {
        const angle = (Math.PI * (j + 0.5)) / points;
        sum += f([h * l + Math.cos(angle), Math.sin(angle)])[0];
      }
      return (h * sum) / points;
    });
  const cubed = (numerator: Complex, z: Complex): Complex => divide(numerator, multiply(z, multiply(z, z)));
  return {
    E: L.map((l) => Math.exp(h * l)),
    E2: L.map((l) => Math.exp((h * l) / 2)),
    Q: mean((z) => {
      const e = exponential([z[0] / 2, z[1] / 2]);
      return divide([e[0] - 1, e[1]], z);
    }),
    // −4 − z + e^z (4 − 3z + z²)
    f1: mean((z) => cubed(combine(z, [-4, -1, 0], [4, -3, 1]), z)),
    // 2 (2 + z + e^z (z − 2))
    f2: mean((z) => cubed(combine(z, [4, 2, 0], [-4, 2, 0]), z)),
    // −4 − 3z − z² + e^z (4 − z)
    f3: mean((z) => cubed(combine(z, [-4, -3, -1], [4, -1, 0]), z)),
  };
}

type Complex = readonly [number, number];

/** p(z) + e^z q(z) for polynomials of second degree. */
function combine(z: Complex, p: readonly [number, number, number], q: readonly [number, number, number]): Complex {
  const square = multiply(z, z);
  const at = (c: readonly [number, number, number]): Complex => [
    c[0] + c[1] * z[0] + c[2] * square[0],
    c[1] * z[1] + c[2] * square[1],
  ];
  const [plain, grown] = [at(p), multiply(exponential(z), at(q))];
  return [plain[0] + grown[0], plain[1] + grown[1]];
}

function multiply(a: Complex, b: Complex): Complex {
  return [a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]];
}

function divide(a: Complex, b: Complex): Complex {
  const square = b[0] * b[0] + b[1] * b[1];
  return [(a[0] * b[0] + a[1] * b[1]) / square, (a[1] * b[0] - a[0] * b[1]) / square];
}

function exponential(z: Complex): Complex {
  const size = Math.exp(z[0]);
  return [size * Math.cos(z[1]), size * Math.sin(z[1])];
}
