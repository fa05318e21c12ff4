import { ArgumentError } from "../errors/index.ts";
import { qr } from "../linalg/index.ts";
import type { RandomStream } from "../random/index.ts";
import { shapeText, sizeOf } from "../tensor/index.ts";

/** Gives the numbers that a parameter of a shape begins with; what it draws it draws from `random` alone. */
export type Initializer = (shape: readonly number[], random: RandomStream) => Float64Array;

/** Inputs and outputs of a unit, as PyTorch counts them: extents 1 and 0, each times the size of the window. */
function fans(shape: readonly number[]): { readonly fanIn: number; readonly fanOut: number } {
  const [first, second] = shape;
  if (first === undefined || second === undefined)
    throw new ArgumentError("shape", `expected a weight of at least two axes, got shape ${shapeText(shape)}`);
  const window = sizeOf(shape.slice(2));
  return { fanIn: second * window, fanOut: first * window };
}

/** Every element the same number. */
export function constantly(value: number): Initializer {
  return (shape) => new Float64Array(sizeOf(shape)).fill(value);
}

/** All zeros. */
export const zeros: Initializer = constantly(0);
/** All ones. */
export const ones: Initializer = constantly(1);

/** Uniform numbers between −bound and bound. */
export function uniform(bound: number): Initializer {
  return (shape, random) => Float64Array.from({ length: sizeOf(shape) }, () => bound * (2 * random.uniform() - 1));
}

/** Normal numbers of mean zero. */
export function normal(deviation: number): Initializer {
  return (shape, random) => random.normals(sizeOf(shape)).map((value) => value * deviation);
}

/**
 * Keeps the variance through layers of leaky ReLUs of slope `slope`: uniform within √(6/((1 + slope²)·fan-in)). The default
 * slope √5 is what PyTorch gives its dense and convolution layers: within 1/√fan-in.
 * @see [He2015]
 */
export function kaimingUniform(slope: number = Math.sqrt(5)): Initializer {
  return (shape, random) => uniform(Math.sqrt(6 / ((1 + slope * slope) * fans(shape).fanIn)))(shape, random);
}

/**
 * Keeps the variance through layers of ReLUs: normal of variance 2/fan-in.
 * @see [He2015]
 */
export function kaimingNormal(): Initializer {
  return (shape, random) => normal(Math.sqrt(2 / fans(shape).fanIn))(shape, random);
}

/**
 * Keeps the variance forwards and backwards through tanh: uniform within gain·√(6/(fan-in + fan-out)).
 * @see [GlorotBengio2010]
 */
export function xavierUniform(gain = 1): Initializer {
  return (shape, random) => {
    const { fanIn, fanOut } = fans(shape);
    return uniform(gain * Math.sqrt(6 / (fanIn + fanOut)))(shape, random);
  };
}

/**
 * As {@link xavierUniform} with normal numbers, of variance 2·gain²/(fan-in + fan-out).
 * @see [GlorotBengio2010]
 */
export function xavierNormal(gain = 1): Initializer {
  return (shape, random) => {
    const { fanIn, fanOut } = fans(shape);
    return normal(gain * Math.sqrt(2 / (fanIn + fanOut)))(shape, random);
  };
}

/**
 * A random matrix with orthonormal rows or columns, whichever are fewer, times `gain`; axes after the first count as one.
 * The Q of a normal matrix whose R has a positive diagonal, so uniform among such matrices. O(m n²).
 * @see [Saxe2014]
 */
export function orthogonal(gain = 1): Initializer {
  return (shape, random) => {
    fans(shape);
    const rows = shape[0]!;
    const columns = sizeOf(shape.slice(1));
    const [tall, thin] = [Math.max(rows, columns), Math.min(rows, columns)];
    const { Q } = qr(random.normals(tall * thin), tall, thin);
    const out = new Float64Array(rows * columns);
    for (let i = 0; i < tall; i++)
      for (let j = 0; j < thin; j++) out[rows >= columns ? i * thin + j : j * tall + i] = gain * Q[i * thin + j]!;
    return out;
  };
}
