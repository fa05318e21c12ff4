import type { RandomStream } from "../../engine/random/index.ts";
import type { DifferentiableMap } from "./map.ts";
import { type TaylorTest, taylorTest } from "./taylor.ts";
import { axpy, dot, norm } from "./vectors.ts";

export interface DerivativeTestOptions {
  readonly map: DifferentiableMap;
  readonly x: Float64Array;
  readonly random: RandomStream;
  /** Direction of the tangent; drawn when left out. */
  readonly direction?: Float64Array;
  /** What the adjoint is applied to; drawn when left out. */
  readonly cotangent?: Float64Array;
  /** Whether the map has kinks: then the Taylor test may look for a place or direction without one. False by default. */
  readonly kinks?: boolean;
  /** Relative rounding error of the map's arithmetic; that of float64 by default. */
  readonly epsilon?: number;
}

/** A comparison of two numbers or vectors. */
export interface DerivativeComparison {
  /** Relative difference. */
  readonly error: number;
  readonly tolerance: number;
  readonly passed: boolean;
}

export interface DerivativeTests {
  /** The tangent against central differences, at the step where they agree best. */
  readonly tangent: DerivativeComparison & { readonly step: number };
  /** ⟨J u, v⟩ against ⟨u, Jᵀ v⟩. */
  readonly adjoint: DerivativeComparison & { readonly left: number; readonly right: number };
  readonly taylor: TaylorTest;
  readonly passed: boolean;
}

/**
 * Tests a map's tangent and adjoint: the tangent against central differences, the adjoint by the dot product, and the
 * remainder |F(x + hu) − F(x) − h J u|, which falls as h². Some 40 runs of the map.
 */
export async function testDerivatives(options: DerivativeTestOptions): Promise<DerivativeTests> {
  const { map, x, random, kinks = false, epsilon = 2 ** -52 } = options;
  const y = await map.apply(x);
  const scale = size(x);
  const draw = (n: number, by: number): Float64Array => random.normals(n).map((value) => value * by);
  const u = options.direction ?? draw(x.length, scale);
  const v = options.cotangent ?? draw(y.length, 1);
  const Ju = await map.tangent(x, u);
  const [left, right] = [dot(Ju, v), dot(u, await map.adjoint(x, v))];
  const adjointTolerance = 2 ** 12 * epsilon;
  const error = relative(Math.abs(left - right), norm(Ju) * norm(v));
  const taylor = await taylorTest({
    map,
    x,
    direction: rescaled(u, scale),
    draw: () => draw(x.length, scale),
    kinks,
    epsilon,
  });
  const tangent = await compareTangent(map, taylor, epsilon);
  const adjoint = { left, right, error, tolerance: adjointTolerance, passed: error <= adjointTolerance };
  return { tangent, adjoint, taylor, passed: tangent.passed && adjoint.passed && taylor.passed };
}

/** Central differences at the Taylor test's place and direction, at steps of which rounding spares one. */
async function compareTangent(
  map: DifferentiableMap,
  { x, direction }: TaylorTest,
  epsilon: number,
): Promise<DerivativeTests["tangent"]> {
  const Ju = await map.tangent(x, direction);
  const y = await map.apply(x);
  let best = { step: 1, error: Number.POSITIVE_INFINITY };
  for (let power = 1; power <= 8; power++) {
    const step = 10 ** -power;
    const [ahead, behind] = [await map.apply(axpy(step, direction, x)), await map.apply(axpy(-step, direction, x))];
    const difference = ahead.map((value, i) => (value - behind[i]!) / (2 * step) - Ju[i]!);
    const error = relative(norm(difference), Math.max(norm(Ju), 10 * Math.sqrt(epsilon) * norm(y)));
    if (error < best.error) best = { step, error };
  }
  const tolerance = 10 * epsilon ** 0.4;
  return { ...best, tolerance, passed: best.error <= tolerance };
}

/** Root mean square, 1 for zeros. */
function size(x: Float64Array): number {
  const rms = norm(x) / Math.sqrt(Math.max(1, x.length));
  return rms > 0 && Number.isFinite(rms) ? rms : 1;
}

function rescaled(u: Float64Array, scale: number): Float64Array {
  const factor = scale / size(u);
  return u.map((value) => value * factor);
}

function relative(difference: number, of: number): number {
  return difference === 0 ? 0 : difference / of;
}
