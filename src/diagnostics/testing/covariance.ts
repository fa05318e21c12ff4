import { OndaError } from "../../engine/errors/index.ts";
import { compile } from "../../engine/execute/index.ts";
import { type Tensor, trace } from "../../engine/graph/index.ts";
import { type RandomStream, randomStreams } from "../../engine/random/index.ts";
import { type Covariance, denseCovariance, dirac } from "../../problem/covariance/index.ts";
import { type Check, type Conformance, compared, conformance, holds } from "./checks.ts";
import { dot, norm, relativeDistance } from "./vectors.ts";

export interface CovarianceCheckOptions {
  /** Where random vectors come from; seed 0 by default. */
  readonly random?: RandomStream;
  /** Largest relative error of identities, 1e-10 by default. */
  readonly tolerance?: number;
  /** Draws whose variances are compared, 0 leaves them out; by default 2000, fewer from 2000 components on, 50 at least. */
  readonly draws?: number;
}

/** Up to this size matrices are compared whole. */
const largestMatrix = 300;
/** How many components of larger covariances are looked at. */
const someComponents = 32;

/**
 * Tries everything that a covariance has to be: linear, symmetric, positive, its square root times the transpose, the same in graphs as
 * outside, with the diagonal, parts, multiples and draws that belong to it; and, unless its determinant is 0, invertible: an inverse within
 * what rounding allows for its condition, whitening, determinant. Some hundred products.
 */
export function checkCovariance(C: Covariance, options: CovarianceCheckOptions = {}): Conformance {
  const { random = randomStreams(0).stream("conformance"), tolerance = 1e-10 } = options;
  const { draws = Math.max(50, Math.min(2000, Math.floor(4e6 / C.size))) } = options;
  const context: Context = { C, random, tolerance, some: someOf(C.size), norm: largestEigenvalue(C, random) };
  const checks = [
    ...products(context),
    ...roots(context),
    ...parts(context),
    ...(draws > 0 ? [samples(context, draws)] : []),
    ...inverses(context),
  ];
  return conformance(`covariance "${C.kind}" of size ${C.size}`, checks);
}

interface Context {
  readonly C: Covariance;
  readonly random: RandomStream;
  readonly tolerance: number;
  /** Components that are looked at one by one. */
  readonly some: Int32Array;
  readonly norm: number;
}

function someOf(n: number): Int32Array {
  const count = Math.min(n, n <= largestMatrix ? n : someComponents);
  return Int32Array.from({ length: count }, (_, k) => Math.floor((k * n) / count));
}

/** A few steps of power iteration: good to some percent, which is enough for a scale. */
function largestEigenvalue(C: Covariance, random: RandomStream): number {
  let v = random.normals(C.size);
  let value = 0;
  for (let k = 0; k < 10; k++) {
    const Cv = C.apply(v);
    value = norm(Cv) / Math.max(norm(v), Number.MIN_VALUE);
    if (value === 0) return 0;
    v = Cv.map((x) => x / norm(Cv));
  }
  return value;
}

function products({ C, random, tolerance, some, norm: scale }: Context): Check[] {
  const [u, v] = [random.normals(C.size), random.normals(C.size)];
  const [Cu, Cv] = [C.apply(u), C.apply(v)];
  const both = C.apply(u.map((value, i) => 2 * value - 3 * v[i]!));
  const size = scale * norm(u) * norm(v);
  const quadratic = Math.min(dot(u, Cu), dot(v, Cv));
  const diagonal = C.diagonal();
  const responses = Array.from(some, (i) => dirac(C, i));
  const peak = Math.max(
    ...Array.from(some, (i, k) => relativeTo(Math.abs(responses[k]![i]! ** 2 - diagonal[i]!), scale)),
  );
  const excess = Math.max(
    ...responses.map((response) =>
      response.reduce((most, value, j) => Math.max(most, relativeTo(value ** 2 - diagonal[j]!, scale)), 0),
    ),
  );
  return [
    holds("finite", Cu.every(Number.isFinite) && Cu.length === C.size),
    compared(
      "linear",
      relativeDistance(
        both,
        Cu.map((value, i) => 2 * value - 3 * Cv[i]!),
        scale * (2 * norm(u) + 3 * norm(v)),
      ),
      tolerance,
    ),
    compared("symmetric", relativeTo(Math.abs(dot(Cu, v) - dot(u, Cv)), size), tolerance, "⟨Cu, v⟩ and ⟨u, Cv⟩"),
    compared("positive", relativeTo(Math.max(0, -quadratic), scale * dot(u, u)), tolerance, "⟨u, Cu⟩ ≥ 0"),
    compared("diagonal", peak, tolerance, "variances are those of the responses to impulses"),
    compared("correlations", excess, tolerance, "none above 1"),
  ];
}

function relativeTo(difference: number, of: number): number {
  return difference === 0 ? 0 : difference / of;
}

function roots({ C, random, tolerance, norm: scale }: Context): Check[] {
  const v = random.normals(C.size);
  const w = random.normals(C.sqrtSize);
  const Lw = C.applySqrt(w);
  const Ltv = C.applySqrtTransposed(v);
  const root = Math.sqrt(scale);
  return [
    compared(
      "square root",
      relativeDistance(C.applySqrt(Ltv), C.apply(v), scale * norm(v)),
      tolerance,
      "L Lᵀ v and C v",
    ),
    compared(
      "its transpose",
      relativeTo(Math.abs(dot(Lw, v) - dot(w, Ltv)), root * norm(v) * norm(w)),
      tolerance,
      "⟨Lw, v⟩ and ⟨w, Lᵀv⟩",
    ),
    compared(
      "square root in graphs",
      relativeDistance(
        traced((x) => C.tracedSqrt(x), w),
        Lw,
        root * norm(w),
      ),
      tolerance,
    ),
    compared(
      "… of a batch",
      inBatch((x) => C.tracedSqrt(x), w, Lw, root * norm(w)),
      tolerance,
    ),
  ];
}

function traced(f: (v: Tensor) => Tensor, v: Float64Array, rows = 1): Float64Array {
  const shape = rows === 1 ? [v.length] : [rows, v.length / rows];
  return compile(trace(f, [shape])).runSync([{ data: v, shape }])[0]!.data;
}

/** Of two rows at once, what each gives alone. */
function inBatch(f: (v: Tensor) => Tensor, v: Float64Array, alone: Float64Array, scale: number): number {
  const both = new Float64Array(2 * v.length);
  both.set(v.map((value) => -2 * value));
  both.set(v, v.length);
  const result = traced(f, both, 2);
  const half = result.length / 2;
  return Math.max(
    relativeDistance(result.slice(half), alone, scale),
    relativeDistance(
      result.slice(0, half),
      alone.map((value) => -2 * value),
      2 * scale,
    ),
  );
}

function parts({ C, random, tolerance, some, norm: scale }: Context): Check[] {
  const v = random.normals(C.size);
  const Cv = C.apply(v);
  const scaled = C.scaled(0.25);
  const quarter = relativeDistance(
    scaled.apply(v),
    Cv.map((value) => value / 4),
    scale * norm(v),
  );
  const half = relativeDistance(
    scaled.applySqrt(scaled.applySqrtTransposed(v)),
    Cv.map((value) => value / 4),
    scale * norm(v),
  );
  const indices = some.slice(0, 8).reverse();
  const part = C.restrict(indices);
  const unit = new Float64Array(C.size);
  const wanted = Float64Array.from(
    [...indices].flatMap((j) => {
      unit[j] = 1;
      const column = C.apply(unit);
      unit[j] = 0;
      return Array.from(indices, (i) => column[i]!);
    }),
  );
  const checks = [
    compared("multiples", Math.max(quarter, half), tolerance),
    compared(
      "parts",
      relativeDistance(part.dense(), wanted, scale * indices.length),
      tolerance,
      "rows and columns of some components",
    ),
  ];
  if (C.size > largestMatrix) return checks;
  const dense = C.dense();
  const product = v.map((_, i) => dot(dense.subarray(i * C.size, (i + 1) * C.size), v));
  return [...checks, compared("matrix", relativeDistance(product, Cv, scale * norm(v)), tolerance)];
}

/** The variances of draws, in standard errors of their estimates; beyond 6 of them nothing is chance. */
function samples({ C, random, some }: Context, draws: number): Check {
  const diagonal = C.diagonal();
  const sums = new Float64Array(some.length);
  for (let k = 0; k < draws; k++) {
    const x = C.sample(random);
    some.forEach((i, at) => {
      sums[at]! += x[i]! ** 2 / draws;
    });
  }
  const deviations = Array.from(some, (i, at) => {
    const expected = diagonal[i]!;
    if (expected === 0) return sums[at] === 0 ? 0 : Number.POSITIVE_INFINITY;
    return Math.abs(sums[at]! / expected - 1) / Math.sqrt(2 / draws);
  });
  return compared("draws", Math.max(...deviations), 6, `variances of ${draws} draws, in standard errors`);
}

function inverses({ C, random, tolerance, norm: scale }: Context): Check[] {
  const v = random.normals(C.size);
  let log: number;
  let x: Float64Array;
  try {
    x = C.solve(v);
  } catch (error) {
    if (!(error instanceof OndaError)) throw error;
    return [refusal(C, error)];
  }
  const backward = relativeDistance(C.apply(x), v, scale * norm(x) + norm(v));
  const checks = [compared("inverse", backward, tolerance, "C C⁻¹ v and v, against |C||x| + |v|")];
  let white: Float64Array;
  try {
    white = C.whiten(v);
    log = C.logDeterminant();
  } catch (error) {
    if (!(error instanceof OndaError) || error.code !== "capability/missing") throw error;
    return checks;
  }
  const energy = dot(white, white);
  // What cancels in vᵀC⁻¹v when C is badly conditioned: both sides are uncertain by rounding times the condition.
  const condition = Math.max(1, (scale * norm(x)) / norm(v));
  const within = Math.max(tolerance, 1e-14 * condition);
  checks.push(
    compared("whitening", relativeTo(Math.abs(energy - dot(v, x)), energy), within, "|Wv|² and vᵀ C⁻¹ v"),
    compared(
      "whitening in graphs",
      relativeDistance(
        traced((y) => C.tracedWhiten(y), v),
        white,
      ),
      within,
    ),
    compared(
      "… of a batch",
      inBatch((y) => C.tracedWhiten(y), v, white, norm(white)),
      within,
    ),
  );
  if (C.size <= largestMatrix) {
    const matrix = denseCovariance({ data: C.dense(), shape: [C.size, C.size] }, { singular: true });
    const expected = matrix.logDeterminant();
    checks.push(compared("determinant", Math.abs(log - expected) / Math.max(1, C.size), within, "per component"));
  }
  return checks;
}

/** Whether a covariance that isn't solved with says why, and its determinant, if it has one, the same. */
function refusal(C: Covariance, error: OndaError): Check {
  // Of a large one that is solved by iteration it isn't known whether it is singular or nearly so.
  if (error.code === "convergence/failed") return holds("no inverse", true, error.message);
  let determinant = Number.NEGATIVE_INFINITY;
  try {
    determinant = C.logDeterminant();
  } catch (lacking) {
    if (!(lacking instanceof OndaError) || lacking.code !== "capability/missing") throw lacking;
  }
  const singular = error.code === "numerical/singular" && determinant === Number.NEGATIVE_INFINITY;
  return holds("no inverse", singular, singular ? "singular, and says so" : error.message);
}
