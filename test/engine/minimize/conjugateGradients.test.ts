import { describe, expect, it } from "vitest";
import {
  conjugateGradients,
  lanczos,
  type RitzPairs,
  spectralPreconditioner,
} from "../../../src/engine/minimize/index.ts";
import { randomStreams } from "../../../src/engine/random/index.ts";

const stream = randomStreams(7).stream("test");
const far = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((worst: number, value, i) => Math.max(worst, Math.abs(value - b[i]!)), 0);

/** V diag(values) Vᵀ with two reflections as V. */
function matrixWith(values: ArrayLike<number>): (v: Float64Array) => Float64Array {
  const n = values.length;
  const [a, b] = [stream.normals(n), stream.normals(n)];
  const reflect = (v: Float64Array, u: Float64Array): Float64Array => {
    const factor = (2 * u.reduce((sum, x, i) => sum + x * v[i]!, 0)) / u.reduce((sum, x) => sum + x * x, 0);
    return v.map((x, i) => x - factor * u[i]!);
  };
  return (v) =>
    reflect(
      reflect(
        reflect(reflect(v, a), b).map((x, i) => x * values[i]!),
        b,
      ),
      a,
    );
}

describe("conjugate gradients", () => {
  const values = Float64Array.from({ length: 30 }, (_, i) => 1 + (i < 6 ? 10 ** (6 - i) : 0.01 * i));
  const product = matrixWith(values);
  const b = stream.normals(30);

  it("solves to the tolerance and says how the residual fell", () => {
    const { x, residualNorms, status, iterations } = conjugateGradients(product, b, { reorthogonalize: true });
    expect(status).toBe("converged");
    expect(residualNorms).toHaveLength(iterations + 1);
    expect(residualNorms.at(-1)! / residualNorms[0]!).toBeLessThan(1e-10);
    expect(far(product(x), b)).toBeLessThan(1e-8);
  });

  it("needs as many iterations as there are different eigenvalues when residuals are reorthogonalised", () => {
    const few = matrixWith(Float64Array.from({ length: 20 }, (_, i) => [1, 3, 10, 100][i % 4]!));
    const right = stream.normals(20);
    expect(conjugateGradients(few, right, { reorthogonalize: true }).iterations).toBe(4);
  });

  it("gives the leading eigenpairs, with their residuals", () => {
    const { ritz } = conjugateGradients(product, b, { reorthogonalize: true, tolerance: 1e-12 });
    const sorted = Array.from(values).sort((p, q) => q - p);
    for (let i = 0; i < 6; i++) {
      expect(Math.abs(ritz!.values[i]! / sorted[i]! - 1)).toBeLessThan(1e-10);
      const Au = product(ritz!.vectors[i]!);
      const rest = Au.map((value, j) => value - ritz!.values[i]! * ritz!.vectors[i]![j]!);
      expect(Math.abs(Math.hypot(...rest) - ritz!.residuals[i]!)).toBeLessThan(1e-8 * sorted[0]!);
    }
  });

  it("with the pairs of one solve as preconditioner the next needs fewer iterations, for the same answer", () => {
    const first = conjugateGradients(product, b, { reorthogonalize: true, tolerance: 1e-8 });
    const preconditioner = spectralPreconditioner(first.ritz!, { pairs: 6 });
    expect(preconditioner!.pairs).toBe(6);
    const right = stream.normals(30);
    const plain = conjugateGradients(product, right, { reorthogonalize: true, tolerance: 1e-8 });
    const better = conjugateGradients(product, right, { reorthogonalize: true, tolerance: 1e-8, preconditioner });
    expect(plain.iterations).toBeGreaterThan(8);
    expect(better.iterations).toBeLessThan(plain.iterations - 4);
    expect(far(better.x, plain.x)).toBeLessThan(1e-6);
    // C Cᵀ and its transpose belong together.
    const [u, v] = [stream.normals(30), stream.normals(30)];
    const dot = (p: Float64Array, q: Float64Array): number => p.reduce((sum, x, i) => sum + x * q[i]!, 0);
    expect(Math.abs(dot(preconditioner!.apply(u), v) - dot(u, preconditioner!.applyTransposed(v)))).toBeLessThan(1e-12);
  });

  it("ends at an indefinite or not finite product with what it has, and when nothing helps", () => {
    const indefinite = conjugateGradients((v) => v.map((x, i) => (i === 1 ? -x : x)), Float64Array.of(5, 1));
    expect(indefinite.status).toBe("indefinite");
    expect(indefinite.x.every(Number.isFinite)).toBe(true);
    const wild = conjugateGradients((v) => v.map(() => Number.NaN), Float64Array.of(1, 2));
    expect(wild).toMatchObject({ status: "not-finite", iterations: 0 });
    expect([...wild.x]).toEqual([0, 0]);
    const hopeless = matrixWith(Float64Array.from({ length: 40 }, (_, i) => 10 ** (-i / 2)));
    const stalled = conjugateGradients(hopeless, stream.normals(40), { tolerance: 0, iterations: 100_000 });
    expect(stalled.status).toBe("stalled");
    expect(conjugateGradients(product, b, { iterations: 2 }).status).toBe("iteration-limit");
    expect(conjugateGradients(product, new Float64Array(30))).toMatchObject({ status: "converged", iterations: 0 });
    expect(() => conjugateGradients(() => new Float64Array(1), b)).toThrow(/product: expected 30 numbers, got 1/);
    expect(() => conjugateGradients(product, b, { iterations: 0 })).toThrow(/iterations/);
  });
});

describe("lanczos", () => {
  it("gives the whole decomposition, multiple eigenvalues included", () => {
    const values = Float64Array.of(5, 5, 5, 2, 2, 0, 0, 0);
    const product = matrixWith(values);
    const { values: found, vectors }: RitzPairs = lanczos(product, 8, { vectors: 8, stream });
    expect(far(found, values)).toBeLessThan(1e-12);
    for (const [i, u] of vectors.entries())
      expect(
        far(
          product(u),
          u.map((x) => x * values[i]!),
        ),
      ).toBeLessThan(1e-11);
  });
  it("finds the leading pairs first", () => {
    const values = Float64Array.from({ length: 60 }, (_, i) => 1000 * 0.5 ** i);
    const found = lanczos(matrixWith(values), 60, { vectors: 12, stream });
    for (let i = 0; i < 4; i++) expect(Math.abs(found.values[i]! / values[i]! - 1)).toBeLessThan(1e-6);
    expect(() => lanczos((v) => v, 3, { vectors: 0, stream })).toThrow(/vectors/);
  });
});
