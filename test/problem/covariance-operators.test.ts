// Covariances that are never matrices: each against a matrix made from its definition, and against everything a covariance has to be.
import { describe, expect, it } from "vitest";
import { checkCovariance, conformanceText } from "../../src/diagnostics/testing/index.ts";
import { symmetricEigen } from "../../src/engine/linalg/index.ts";
import { lbfgs } from "../../src/engine/minimize/index.ts";
import { randomStreams } from "../../src/engine/random/index.ts";
import { threeDVar } from "../../src/methods/variational/index.ts";
import {
  blockCovariance,
  type Covariance,
  correlationCovariance,
  correlationFunction,
  denseCovariance,
  diagonalCovariance,
  diffusionCovariance,
  dirac,
  ensembleCovariance,
  hybridCovariance,
  kroneckerCovariance,
  leadingCovariance,
  lowRankCovariance,
  rescaledCovariance,
  scalarCovariance,
  spectralCovariance,
  sumCovariance,
  taperRoot,
} from "../../src/problem/covariance/index.ts";
import { torusEigenvalues } from "../../src/problem/covariance/spectral-root.ts";
import { gridDomain, placesDomain, ringDomain, tapers } from "../../src/problem/localization/index.ts";
import { identityOperator } from "../../src/problem/operators/index.ts";
import { distance } from "./derivatives.ts";

type Matrix = number[][];
const matrix = (n: number, f: (i: number, j: number) => number): Matrix =>
  Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => f(i, j)));
const rows = (data: Float64Array, n: number): Matrix =>
  matrix(data.length / n, () => 0).map((_, i) => [...data.subarray(i * n, (i + 1) * n)]);
const times = (A: Matrix, B: Matrix): Matrix =>
  A.map((row) => B[0]!.map((_, j) => row.reduce((sum, a, k) => sum + a * B[k]![j]!, 0)));
const delta = (i: number, j: number): number => (i === j ? 1 : 0);
const stream = randomStreams(7).stream("factors");
const draws = (count: number, n: number): Matrix => Array.from({ length: count }, () => [...stream.normals(n)]);

/** The sum over all ways round, over its value at 0. */
const wrapped =
  (f: (d: number) => number, period: number) =>
  (x: number): number => {
    let [sum, zero] = [0, 0];
    for (let way = -40; way <= 40; way++) {
      sum += f(Math.abs(x + way * period));
      zero += f(Math.abs(way * period));
    }
    return sum / zero;
  };
const gaussian = (length: number) => (d: number) => Math.exp(-(d * d) / (2 * length * length));
const soar = (length: number) => (d: number) => (1 + d / length) * Math.exp(-d / length);

const U = draws(3, 7);
const gram = (i: number, j: number): number => U.reduce((sum, row) => sum + row[i]! * row[j]!, 0);
const variances = [1, 2, 0.5, 3, 0.1, 1.5, 0.7];
const members = draws(4, 12);
const scattered = [0, 0.3, 1.1, 1.1, 2.5, 3, 3.4, 4.4, 5, 5.2, 6.3, 6.9];
const sample = matrix(12, (i, j) => {
  const mean = (k: number): number => members.reduce((sum, row) => sum + row[k]! / 4, 0);
  return members.reduce((sum, row) => sum + ((row[i]! - mean(i)) * (row[j]! - mean(j))) / 3, 0);
});
const A = [
  [2, 0.6],
  [0.6, 1],
];
const B = matrix(3, (i, j) => [1, 0.5, 0.2][Math.abs(i - j)]!);
/** I − ∂ ℓ² ∂ on a line or ring, by its definition. */
const diffusionMatrix = (n: number, ring: boolean, squares: (i: number) => number, h = 1): Matrix => {
  const D = matrix(n, delta);
  for (let i = 0; i < (ring ? n : n - 1); i++) {
    const j = (i + 1) % n;
    const link = (squares(i) + squares(j)) / 2 / h ** 2;
    D[i]![i]! += link;
    D[j]![j]! += link;
    D[i]![j]! -= link;
    D[j]![i]! -= link;
  }
  return D;
};
const inverse = (D: Matrix): Matrix => {
  const n = D.length;
  const C = denseCovariance(D);
  const columns = matrix(n, delta).map((unit) => C.solve(Float64Array.from(unit)));
  return matrix(n, (i, j) => columns[j]![i]!);
};
/** D^(−M) with the given variances. */
const normalised = (D: Matrix, steps: number, variance: (i: number) => number): Matrix => {
  const one = inverse(D);
  let power = one;
  for (let k = 1; k < steps; k++) power = times(power, one);
  return matrix(
    D.length,
    (i, j) => power[i]![j]! * Math.sqrt((variance(i) * variance(j)) / (power[i]![i]! * power[j]![j]!)),
  );
};
/** On a grid of two axes of one length. */
const diffusionMatrix2 = (
  [ny, nx]: [number, number],
  [ringY, ringX]: [boolean, boolean],
  squares: (i: number) => number,
): Matrix => {
  const D = matrix(ny * nx, delta);
  const link = (i: number, j: number): void => {
    const value = (squares(i) + squares(j)) / 2;
    D[i]![i]! += value;
    D[j]![j]! += value;
    D[i]![j]! -= value;
    D[j]![i]! -= value;
  };
  for (let y = 0; y < ny; y++)
    for (let x = 0; x < nx; x++) {
      if (ringX || x < nx - 1) link(y * nx + x, y * nx + ((x + 1) % nx));
      if (ringY || y < ny - 1) link(y * nx + x, ((y + 1) % ny) * nx + x);
    }
  return D;
};
const varying = (i: number): number => 1.5 + Math.sin(i);
const torus = (i: number, j: number, [ny, nx]: [number, number]): [number, number] => [
  (Math.floor(i / nx) - Math.floor(j / nx) + ny) % ny,
  ((i % nx) - (j % nx) + nx) % nx,
];
/** A function of the distance on a torus, summed over all ways round. */
const wrapped2 = (f: (d: number) => number, [ny, nx]: [number, number]) => {
  const at = (y: number, x: number): number => {
    let sum = 0;
    for (let a = -12; a <= 12; a++) for (let b = -12; b <= 12; b++) sum += f(Math.hypot(y + a * ny, x + b * nx));
    return sum;
  };
  return (i: number, j: number): number => at(...torus(i, j, [ny, nx])) / at(0, 0);
};
const grid: [number, number] = [4, 6];
const daley = (length: number, steps: number, d: number): number => length / Math.sqrt(2 * steps - d - 2);

/** Name, covariance, its matrix, tolerance of the comparison. */
const kinds: [string, Covariance, Matrix, number?][] = [
  ["low rank", lowRankCovariance({ factors: U }), matrix(7, gram)],
  [
    "low rank and a variance",
    lowRankCovariance({ factors: U, variance: 0.3 }),
    matrix(7, (i, j) => gram(i, j) + 0.3 * delta(i, j)),
  ],
  [
    "low rank and variances",
    lowRankCovariance({ factors: U, variance: variances }),
    matrix(7, (i, j) => gram(i, j) + variances[i]! * delta(i, j)),
  ],
  [
    "low rank and variances with zeros that factors make up for",
    lowRankCovariance({ factors: U, variance: [1, 0, 2, 3, 1, 0, 1] }),
    matrix(7, (i, j) => gram(i, j) + [1, 0, 2, 3, 1, 0, 1][i]! * delta(i, j)),
  ],
  [
    "low rank and variances with too many zeros",
    lowRankCovariance({ factors: U, variance: [1, 0, 0, 0, 0, 0, 1] }),
    matrix(7, (i, j) => gram(i, j) + [1, 0, 0, 0, 0, 0, 1][i]! * delta(i, j)),
  ],
  ["ensemble", ensembleCovariance({ members }), sample],
  [
    "ensemble on a ring, exact taper",
    ensembleCovariance({ members, localization: { radius: 1.2, shape: [12], periodic: true, accuracy: 1 } }),
    matrix(
      12,
      (i, j) => sample[i]![j]! * tapers["gaspari-cohn"].value(Math.min((i - j + 12) % 12, (j - i + 12) % 12), 1.2),
    ),
  ],
  [
    "ensemble on a line, exact taper",
    ensembleCovariance({ members, localization: { radius: 2, shape: [12], accuracy: 1 } }),
    matrix(12, (i, j) => sample[i]![j]! * tapers["gaspari-cohn"].value(Math.abs(i - j), 2)),
  ],
  [
    "two fields on one grid, SOAR taper",
    ensembleCovariance({ members, localization: { function: "soar", radius: 0.5, shape: [2, 3], accuracy: 1 } }),
    matrix(12, (i, j) => {
      const [a, b] = [i % 6, j % 6];
      return sample[i]![j]! * soar(0.5)(Math.hypot(Math.floor(a / 3) - Math.floor(b / 3), (a % 3) - (b % 3)));
    }),
  ],
  [
    "ensemble at any places, two variables at one of them, a period",
    ensembleCovariance({
      members,
      localization: taperRoot({
        radius: 0.8,
        accuracy: 1,
        domain: placesDomain({ places: scattered.map((x) => [x]), periods: [7] }),
      }),
    }),
    matrix(12, (i, j) => {
      const chord = (7 / Math.PI) * Math.sin((Math.PI * Math.abs(scattered[i]! - scattered[j]!)) / 7);
      return sample[i]![j]! * tapers["gaspari-cohn"].value(chord, 0.8);
    }),
  ],
  [
    "ensemble on a domain's grid, spacings and two fields",
    ensembleCovariance({
      members,
      localization: taperRoot({
        radius: 1.5,
        accuracy: 1,
        domain: gridDomain({ shape: [2, 3], spacing: [2, 0.5], fields: 2 }),
      }),
    }),
    matrix(12, (i, j) => {
      const [a, b] = [i % 6, j % 6];
      const d = Math.hypot(2 * (Math.floor(a / 3) - Math.floor(b / 3)), 0.5 * ((a % 3) - (b % 3)));
      return sample[i]![j]! * tapers["gaspari-cohn"].value(d, 1.5);
    }),
  ],
  [
    "hybrid",
    hybridCovariance({
      static: diagonalCovariance(Float64Array.from({ length: 12 }, (_, i) => 1 + i)),
      members,
      weight: 0.7,
      localization: { radius: 1.2, shape: [12], periodic: true, accuracy: 1 },
    }),
    matrix(
      12,
      (i, j) =>
        0.3 * (1 + i) * delta(i, j) +
        0.7 * sample[i]![j]! * tapers["gaspari-cohn"].value(Math.min((i - j + 12) % 12, (j - i + 12) % 12), 1.2),
    ),
  ],
  ...([9, 10] as const).map((n): [string, Covariance, Matrix] => [
    `spectral Gaussian on a ring of ${n}`,
    spectralCovariance({ kind: "gaussian", length: 0.8, shape: [n], periodic: true, variance: 2 }),
    matrix(n, (i, j) => 2 * wrapped(gaussian(0.8), n)(i - j)),
  ]),
  [
    "spectral SOAR on a ring with a spacing",
    spectralCovariance({ kind: "soar", length: 1.1, shape: [8], periodic: true, spacing: 0.5 }),
    matrix(8, (i, j) => wrapped(soar(1.1), 4)((i - j) * 0.5)),
  ],
  [
    "spectral Matérn on a torus",
    spectralCovariance({ kind: "matern", smoothness: 0.5, length: 1, shape: grid, periodic: true }),
    matrix(
      24,
      wrapped2((d) => Math.exp(-d), grid),
    ),
    1e-4,
  ],
  [
    "spectral Gaussian on a torus",
    spectralCovariance({ kind: "gaussian", length: 0.7, shape: grid, periodic: true }),
    matrix(24, wrapped2(gaussian(0.7), grid)),
  ],
  [
    "spectral Gaussian on a grid with ends",
    spectralCovariance({ kind: "gaussian", length: 0.7, shape: grid }),
    matrix(24, (i, j) => gaussian(0.7)(Math.hypot(Math.floor(i / 6) - Math.floor(j / 6), (i % 6) - (j % 6)))),
  ],
  [
    "spectral SOAR on a line",
    spectralCovariance({ kind: "soar", length: 2, shape: [9], spacing: 0.5 }),
    matrix(9, (i, j) => soar(2)(Math.abs(i - j) / 2)),
  ],
  [
    "a correlation on places",
    correlationCovariance({
      kind: "soar",
      length: 1.3,
      variance: 2,
      domain: placesDomain({
        places: [
          [0, 0],
          [1, 0.2],
          [0.3, 2],
          [4, 1],
        ],
      }),
    }),
    matrix(4, (i, j) => {
      const places = [
        [0, 0],
        [1, 0.2],
        [0.3, 2],
        [4, 1],
      ] as const;
      return 2 * soar(1.3)(Math.hypot(places[i]![0] - places[j]![0], places[i]![1] - places[j]![1]));
    }),
  ],
  [
    "a correlation on a ring, of chords",
    correlationCovariance({ kind: "soar", length: 4, domain: ringDomain(40) }),
    matrix(40, (i, j) => soar(4)((40 / Math.PI) * Math.abs(Math.sin((Math.PI * (i - j)) / 40)))),
  ],
  [
    "diffusion on a line, lengths vary, variances too",
    diffusionCovariance({
      shape: [9],
      length: Array.from({ length: 9 }, (_, i) => varying(i)),
      steps: 4,
      variance: Array.from({ length: 9 }, (_, i) => 1 + i),
    }),
    normalised(
      diffusionMatrix(9, false, (i) => daley(varying(i), 4, 1) ** 2),
      4,
      (i) => 1 + i,
    ),
  ],
  [
    "diffusion on a ring, lengths vary",
    diffusionCovariance({
      shape: [9],
      periodic: true,
      length: Array.from({ length: 9 }, (_, i) => varying(i)),
      steps: 6,
    }),
    normalised(
      diffusionMatrix(9, true, (i) => daley(varying(i), 6, 1) ** 2),
      6,
      () => 1,
    ),
  ],
  [
    "diffusion on a ring of two points",
    diffusionCovariance({ shape: [2], periodic: true, length: 1, steps: 2 }),
    normalised(
      diffusionMatrix(2, true, () => 1),
      2,
      () => 1,
    ),
  ],
  [
    "diffusion on a line, one length and a spacing",
    diffusionCovariance({ shape: [10], length: 1.5, spacing: 0.5, steps: 10, variance: 3 }),
    normalised(
      diffusionMatrix(10, false, () => daley(1.5, 10, 1) ** 2, 0.5),
      10,
      () => 3,
    ),
  ],
  [
    "diffusion on a channel",
    diffusionCovariance({ shape: grid, periodic: [false, true], length: 1.2, steps: 6 }),
    normalised(
      diffusionMatrix2(grid, [false, true], () => daley(1.2, 6, 2) ** 2),
      6,
      () => 1,
    ),
  ],
  [
    "diffusion on a grid with ends, lengths vary",
    diffusionCovariance({ shape: grid, length: Array.from({ length: 24 }, (_, i) => varying(i)), steps: 4 }),
    normalised(
      diffusionMatrix2(grid, [false, false], (i) => daley(varying(i), 4, 2) ** 2),
      4,
      () => 1,
    ),
  ],
  [
    "Kronecker",
    kroneckerCovariance([denseCovariance(A), denseCovariance(B)]),
    matrix(6, (i, j) => A[Math.floor(i / 3)]![Math.floor(j / 3)]! * B[i % 3]![j % 3]!),
  ],
  [
    "Kronecker of three with a singular one and other numbers of controls",
    kroneckerCovariance([
      lowRankCovariance({ factors: [[1, 2]] }),
      denseCovariance(A),
      lowRankCovariance({
        factors: [
          [1, 0.5],
          [0, 1],
          [2, 1],
        ],
      }),
    ]),
    matrix(8, (i, j) => {
      const [p, q] = [
        [1, 2],
        [
          [5, 2.5],
          [2.5, 2.25],
        ],
      ] as const;
      return p[i >> 2]! * p[j >> 2]! * A[(i >> 1) & 1]![(j >> 1) & 1]! * q[i & 1]![j & 1]!;
    }),
  ],
  [
    "blocks",
    blockCovariance([denseCovariance(A), scalarCovariance(2, 3), lowRankCovariance({ factors: U, variance: 1 })]),
    matrix(11, (i, j) =>
      i < 2 && j < 2 ? A[i]![j]! : i < 4 || j < 4 ? 3 * delta(i, j) : gram(i - 4, j - 4) + delta(i, j),
    ),
  ],
  [
    "sum",
    sumCovariance([scalarCovariance(7, 0.5), lowRankCovariance({ factors: U })]),
    matrix(7, (i, j) => gram(i, j) + 0.5 * delta(i, j)),
  ],
  [
    "sum that is singular",
    sumCovariance([lowRankCovariance({ factors: U }), diagonalCovariance([1, 0, 0, 0, 0, 0, 0])]),
    matrix(7, (i, j) => gram(i, j) + (i === 0 ? delta(i, j) : 0)),
  ],
  [
    "rescaled",
    rescaledCovariance(denseCovariance(B), [1, 2, 0.5]),
    matrix(3, (i, j) => B[i]![j]! * [1, 2, 0.5][i]! * [1, 2, 0.5][j]!),
  ],
  [
    "rescaled by a 0",
    rescaledCovariance(denseCovariance(B), [1, 0, 0.5]),
    matrix(3, (i, j) => B[i]![j]! * [1, 0, 0.5][i]! * [1, 0, 0.5][j]!),
  ],
  [
    "a multiple of a multiple",
    diffusionCovariance({ shape: [5], length: 1 })
      .scaled(2)
      .scaled(3),
    matrix(
      5,
      (i, j) =>
        6 *
        normalised(
          diffusionMatrix(5, false, () => daley(1, 10, 1) ** 2),
          10,
          () => 1,
        )[i]![j]!,
    ),
  ],
];

describe.each(kinds)("%s", (_, C, expected, tolerance = 1e-12) => {
  it("is what it is defined to be", () => {
    const size = Math.max(...expected.flat().map(Math.abs));
    expect(distance(C.dense(), expected.flat())).toBeLessThan(tolerance * size);
    expect(rows(C.dense(), C.size)).toHaveLength(expected.length);
  });
  it("is a covariance in all its forms", () => {
    const result = checkCovariance(C, { tolerance: 1e-11 });
    expect(result.passed, conformanceText(result)).toBe(true);
    const half = checkCovariance(C.scaled(0.5), { tolerance: 1e-11, draws: 0 });
    expect(half.passed, conformanceText(half)).toBe(true);
    expect(
      C.scaled(0)
        .diagonal()
        .every((value) => value === 0),
    ).toBe(true);
  });
});

describe("correlation functions", () => {
  it("are the Matérn functions of their smoothness", () => {
    for (const d of [0, 0.3, 2]) {
      const z = d / 1.5;
      const expected = {
        0.5: Math.exp(-z),
        1.5: (1 + z) * Math.exp(-z),
        2.5: (1 + z + z ** 2 / 3) * Math.exp(-z),
        3.5: (1 + z + (2 * z ** 2) / 5 + z ** 3 / 15) * Math.exp(-z),
      };
      for (const [nu, value] of Object.entries(expected)) {
        const f = correlationFunction({ kind: "matern", length: 1.5, smoothness: Number(nu) });
        expect(Math.abs(f.value(d) - value)).toBeLessThan(1e-15);
        expect(f.value(f.reach)).toBeLessThan(1e-17);
      }
    }
  });
});

describe("the taper of an ensemble", () => {
  const localization = { radius: 4, shape: [60], periodic: true };
  const many = draws(5, 60);
  const exact = ensembleCovariance({ members: many, localization: { ...localization, accuracy: 1 } });
  const fewer = ensembleCovariance({ members: many, localization });
  it("of few waves is nearly the exact one, with the same variances", () => {
    expect(exact.sqrtSize).toBe(5 * 60);
    expect(fewer.sqrtSize).toBeLessThan(5 * 30);
    const size = Math.max(...exact.diagonal());
    expect(distance(fewer.dense(), exact.dense())).toBeLessThan(0.005 * size);
    expect(distance(fewer.diagonal(), exact.diagonal())).toBe(0);
    const result = checkCovariance(fewer, { tolerance: 1e-11 });
    expect(result.passed, conformanceText(result)).toBe(true);
  });
  it("is a hybrid's only part where the weight says so", () => {
    const B = scalarCovariance(60, 2);
    const parts = { static: B, members: many, localization };
    expect(hybridCovariance({ ...parts, weight: 0 })).toBe(B);
    expect(distance(hybridCovariance({ ...parts, weight: 1 }).dense(), fewer.dense())).toBe(0);
  });
  it("has a taper that serves any ensemble", () => {
    const root = taperRoot(localization);
    for (const rows of [many, draws(3, 120)]) {
      const made = ensembleCovariance({ members: rows, localization });
      expect(distance(ensembleCovariance({ members: rows, localization: root }).dense(), made.dense())).toBe(0);
    }
  });
  it("of few waves on two axes", () => {
    const C = ensembleCovariance({
      members: draws(3, 2 * 12 * 15),
      localization: { radius: 2.5, shape: [12, 15], periodic: [true, false], accuracy: 0.99 },
    });
    expect(C.sqrtSize).toBeLessThan(3 * 100);
    const result = checkCovariance(C, { tolerance: 1e-11, draws: 500 });
    expect(result.passed, conformanceText(result)).toBe(true);
  });
});

describe("diffusion", () => {
  const n = 200;
  const lengths = Array.from({ length: n }, (_, i) => 6 + 2 * Math.sin((2 * Math.PI * i) / n));
  const options = { shape: [n], periodic: true, length: lengths, steps: 6 };
  it("normalised by the constant has its own variances, which are nearly those asked for", () => {
    const C = diffusionCovariance({ ...options, normalization: "matern", variance: 2 });
    const diagonal = C.diagonal();
    expect(Math.max(...diagonal.map((value) => Math.abs(value - 2)))).toBeLessThan(0.05);
    expect(Math.max(...diagonal.map((value) => Math.abs(value - 2)))).toBeGreaterThan(1e-6);
    const result = checkCovariance(C, { tolerance: 1e-10, draws: 200 });
    expect(result.passed, conformanceText(result)).toBe(true);
    const plane = diffusionCovariance({ shape: [24, 24], length: 2.5, periodic: true, normalization: "matern" });
    expect(Math.max(...plane.diagonal().map((value) => Math.abs(value - 1)))).toBeLessThan(0.05);
  });
  it("looks like a Gaussian of its length near 0 and like a Matérn function everywhere", () => {
    const C = diffusionCovariance({ shape: [400], periodic: true, length: 10, steps: 2 });
    const response = dirac(C, 0);
    const f = correlationFunction({ kind: "soar", length: 10 });
    for (const d of [1, 5, 20, 40]) expect(Math.abs(response[d]! - f.value(d))).toBeLessThan(2e-3);
    const smooth = dirac(diffusionCovariance({ shape: [400], periodic: true, length: 10, steps: 30 }), 0);
    for (const d of [1, 5, 10, 20]) expect(Math.abs(smooth[d]! - gaussian(10)(d))).toBeLessThan(0.02);
  });
});

it("solves large ones by conjugate gradients, and says what it hasn't got", () => {
  const n = 2100;
  const C = sumCovariance([
    scalarCovariance(n, 0.1),
    spectralCovariance({ kind: "soar", length: 3, shape: [n], periodic: true }),
  ]);
  const result = checkCovariance(C, { tolerance: 1e-11, draws: 50 });
  expect(result.passed, conformanceText(result)).toBe(true);
  expect(result.checks.map(({ name }) => name)).toContain("inverse");
  const v = new Float64Array(n).fill(1);
  expect(() => C.whiten(v)).toThrow("covariance: a covariance of this kind and of 2100 components can be solved with");
  expect(() => C.logDeterminant()).toThrow("determinant");
  const singular = ensembleCovariance({ members: draws(3, n), localization: { radius: 5, shape: [n] } });
  expect(() => singular.solve(v)).toThrow(/conjugate gradients left a residual|singular/);
  const refused = checkCovariance(singular, { draws: 10 });
  expect(refused.passed, conformanceText(refused)).toBe(true);
  expect(refused.checks.at(-1)).toMatchObject({ name: "no inverse" });
});

it("responds to an impulse with a row over its standard deviation", () => {
  const response = dirac(denseCovariance(A), 0);
  expect(distance(response, [Math.SQRT2, 0.6 / Math.SQRT2])).toBeLessThan(1e-15);
  expect(() => dirac(denseCovariance(A), 2)).toThrow("index: expected an integer from 0 to 1, got 2");
  expect([...dirac(scalarCovariance(3, 0), 1)]).toEqual([0, 0, 0]);
});

describe("refuses", () => {
  const place = "B";
  it.each<[string, () => unknown, string]>([
    [
      "factors that are no rows",
      () => lowRankCovariance({ factors: [1, 2], place }),
      "B.factors: expected factors as rows, of shape (r, size), got shape (2)",
    ],
    [
      "factors that are not finite",
      () => lowRankCovariance({ factors: [[1, Number.NaN]], place }),
      "B.factors: expected finite numbers, got NaN at (0, 1)",
    ],
    [
      "variances that are too few",
      () => lowRankCovariance({ factors: U, variance: [1, 2], place }),
      "B.variance: expected one variance or 7 of them, got 2",
    ],
    [
      "a negative variance",
      () => lowRankCovariance({ factors: U, variance: -1, place }),
      "B.variance: expected a variance of at least 0, got -1",
    ],
    [
      "one member",
      () => ensembleCovariance({ members: [[1, 2]], place }),
      "B.members: expected at least 2 members as rows, got shape (1, 2)",
    ],
    [
      "a grid that doesn't divide the members",
      () => ensembleCovariance({ members, localization: { radius: 1, shape: [5] }, place }),
      "B.localization.shape: expected a grid whose points divide the 12 variables of the members, got 5",
    ],
    [
      "a share above 1",
      () => ensembleCovariance({ members, localization: { radius: 1, shape: [12], accuracy: 2 }, place }),
      "B.localization.accuracy: expected a share above 0 and up to 1, got 2",
    ],
    [
      "a weight above 1",
      () => hybridCovariance({ static: scalarCovariance(12, 1), members, weight: 1.2, place }),
      "B.weight: expected a weight of the ensemble's covariance from 0 to 1, got 1.2",
    ],
    [
      "parts of different sizes",
      () => hybridCovariance({ static: scalarCovariance(11, 1), members, weight: 0.2, place }),
      "B.static: expected size 12, the number of variables of the members, got 11",
    ],
    [
      "a taper of distances that somebody made up",
      () => taperRoot({ radius: 1, domain: placesDomain({ places: [[0], [1]], distance: () => 1 }) }),
      "localization.domain: covariances can be tapered by Euclidean distances",
    ],
    [
      "three axes",
      () => spectralCovariance({ kind: "soar", length: 1, shape: [2, 2, 2], place }),
      "B.shape: expected one or two axes, got 3",
    ],
    [
      "an extent of 0",
      () => spectralCovariance({ kind: "soar", length: 1, shape: [0], place }),
      "B.shape: expected positive integers, got 0",
    ],
    [
      "a spacing of 0",
      () => spectralCovariance({ kind: "soar", length: 1, shape: [4], spacing: 0, place }),
      "B.spacing: expected positive numbers, got 0",
    ],
    [
      "a periodic axis too many",
      () => spectralCovariance({ kind: "soar", length: 1, shape: [4], periodic: [true, true], place }),
      "B.periodic: expected one for all axes or 1, got 2",
    ],
    [
      "a length of 0",
      () => spectralCovariance({ kind: "soar", length: 0, shape: [4], place }),
      "length: expected a positive length, got 0",
    ],
    [
      "a length beyond the domain",
      () => spectralCovariance({ kind: "soar", length: 50, shape: [4], periodic: true, place }),
      "length: expected a correlation shorter than the domain, of 4",
    ],
    [
      "a smoothness that is no half-integer",
      () => correlationFunction({ kind: "matern", length: 1, smoothness: 1 }),
      "smoothness: expected one of 0.5, 1.5, 2.5 … 9.5, got 1",
    ],
    [
      "places with a distance of their own",
      () =>
        correlationCovariance({
          kind: "soar",
          length: 1,
          domain: placesDomain({ places: [[1]], distance: () => 0 }),
          place,
        }),
      "B.domain: expected Euclidean distances",
    ],
    [
      "two places that are the same",
      () => correlationCovariance({ kind: "soar", length: 1, domain: placesDomain({ places: [[1], [1]] }), place }),
      "B: expected a positive definite matrix",
    ],
    [
      "an odd number of steps",
      () => diffusionCovariance({ shape: [4], length: 1, steps: 3, place }),
      "B.steps: expected an even integer from 2 to 50, got 3",
    ],
    [
      "two steps on two axes",
      () => diffusionCovariance({ shape: [4, 4], length: 1, steps: 2, place }),
      "B.steps: expected an even integer from 4 to 50, got 2",
    ],
    [
      "a negative length",
      () => diffusionCovariance({ shape: [4], length: -1, place }),
      "B.length: expected positive lengths, got -1",
    ],
    [
      "lengths that are too few",
      () => diffusionCovariance({ shape: [4], length: [1, 2], place }),
      "B.length: expected one length, one for each of the 1 axes, or one for each of the 4 points, got 2",
    ],
    ["no factors", () => kroneckerCovariance([], { place }), "B.factors: expected at least one factor, got none"],
    ["no blocks", () => blockCovariance([], { place }), "B.blocks: expected at least one block, got none"],
    ["no terms", () => sumCovariance([], { place }), "B.terms: expected at least one term, got none"],
    [
      "terms of different sizes",
      () => sumCovariance([scalarCovariance(2, 1), scalarCovariance(3, 1)], { place }),
      "B.terms[1]: expected size 2, as the first one has, got 3",
    ],
    [
      "deviations that are too few",
      () => rescaledCovariance(scalarCovariance(2, 1), [1], { place }),
      "B.std: expected 2 standard deviations, got 1",
    ],
  ])("%s", (_, act, message) => {
    expect(act).toThrow(message);
  });
});

it("refuses correlations on a ring that are not positive definite", () => {
  const grid = { shape: [6], periodic: [true], spacing: [1], points: 6 };
  expect(() => torusEigenvalues(grid, Float64Array.of(1, 0.9, 0, 0, 0, 0.9), "B")).toThrow(
    "B: expected a positive definite correlation, got one with smallest eigenvalue -0.8",
  );
});

describe("leading eigenvectors of a covariance", () => {
  const n = 24;
  const B = denseCovariance(matrix(n, (i, j) => (1 + 0.1 * Math.min(i, j)) * gaussian(2)(i - j) + 0.01 * delta(i, j)));
  const spectrum = symmetricEigen(B.dense(), n);

  it.each([1, 5, 23, 24])("%i of them are the best approximation of this rank", (rank) => {
    const C = leadingCovariance(B, rank);
    expect(C.sqrtSize).toBe(rank);
    // What is left out is the rest of the spectrum.
    const rest = B.dense().map((value, at) => value - C.dense()[at]!);
    const values = symmetricEigen(rest, n).values;
    const left = [...spectrum.values.subarray(0, n - rank), ...new Float64Array(rank)].sort((a, b) => a - b);
    expect(distance(values, Float64Array.from(left))).toBeLessThan(1e-10);
  });

  it("serve as controls: an analysis is that in their span", () => {
    const error = scalarCovariance(n, 0.5);
    const values = Float64Array.from({ length: n }, (_, i) => Math.sin(i));
    const mean = new Float64Array(n);
    const analysis = (covariance: Covariance): Float64Array =>
      threeDVar({
        background: { mean, covariance },
        observations: { operator: identityOperator(n), error, values },
        minimizer: lbfgs({ tolerance: 1e-13 }),
      }).state;
    expect(distance(analysis(leadingCovariance(B, n)), analysis(B))).toBeLessThan(1e-9);
    const few = analysis(leadingCovariance(B, 6));
    for (let k = 0; k < n - 6; k++) {
      let along = 0;
      for (let i = 0; i < n; i++) along += few[i]! * spectrum.vectors[i * n + k]!;
      expect(Math.abs(along)).toBeLessThan(1e-9);
    }
  });

  it("refuse a rank beyond the size", () => {
    expect(() => leadingCovariance(B, 25)).toThrow("covariance.rank: expected an integer from 1 to 24");
    expect(() => leadingCovariance(B, 0)).toThrow("covariance.rank");
  });
});
