import { NumericalError, ShapeError } from "../errors/index.ts";
import type { MinimizeControl, MinimizeIteration, MinimizeResult, MinimizeStatus } from "./contract.ts";
import type { Search } from "./search.ts";

/** Relative differences of the cost below this are taken for rounding. */
const rounding = 1e-12;

/** A point and its evaluation, in buffers that the owner uses again. */
export interface Point {
  readonly x: Float64Array;
  readonly gradient: Float64Array;
  value: number;
  gradientNorm: number;
  parts: Record<string, number> | undefined;
}

/** Counts evaluations, keeps the history and the best point. */
export class Recorder {
  readonly #control: MinimizeControl;
  readonly history: MinimizeIteration[] = [];
  readonly #best: Float64Array;
  #bestValue = Infinity;
  #bestNorm = Infinity;
  evaluations = 0;

  constructor(size: number, x0: Float64Array, control: MinimizeControl) {
    if (x0.length !== size)
      throw new ShapeError("x0", `expected ${size} numbers, as the objective says, got ${x0.length}`);
    this.#control = control;
    this.#best = x0.slice();
  }

  /** A point with the given position, not evaluated. */
  point(x: Float64Array): Point {
    return { x: x.slice(), gradient: new Float64Array(x.length), value: NaN, gradientNorm: NaN, parts: undefined };
  }

  /**
   * Asks for the cost at the point, and puts it there.
   * @returns whether the cost and its gradient are finite
   */
  *evaluate(point: Point): Search<boolean> {
    const { value, gradient, parts } = yield point.x;
    if (gradient.length !== point.x.length)
      throw new ShapeError("gradient", `expected ${point.x.length} numbers, got ${gradient.length}`);
    this.evaluations++;
    point.gradient.set(gradient);
    point.value = value;
    point.gradientNorm = norm(gradient);
    point.parts = parts;
    return Number.isFinite(value) && Number.isFinite(point.gradientNorm);
  }

  /** As {@link evaluate}, for the starting point. */
  *evaluateStart(point: Point): Search<void> {
    if (yield* this.evaluate(point)) return;
    throw new NumericalError(
      "cost",
      `expected a finite cost and gradient at the starting point (iteration 0), got the cost ${point.value} and the gradient's norm ${point.gradientNorm}`,
    );
  }

  /** Notes an evaluated point as the best if it is. */
  consider(point: Point): void {
    const margin = rounding * Math.abs(this.#bestValue);
    const lower = point.value < this.#bestValue - margin;
    const level = point.value <= this.#bestValue + margin && point.gradientNorm < this.#bestNorm;
    if (!lower && !level && this.#bestValue !== Infinity) return;
    this.#best.set(point.x);
    this.#bestValue = point.value;
    this.#bestNorm = point.gradientNorm;
  }

  /** Adds a point to the history; returns why to stop, if the caller wants it. */
  record(point: Point): string | undefined {
    const entry: MinimizeIteration = {
      iteration: this.history.length,
      evaluations: this.evaluations,
      value: point.value,
      gradientNorm: point.gradientNorm,
      ...(point.parts === undefined ? {} : { parts: { ...point.parts } }),
      ...(this.#control.keepIterates === true ? { x: point.x.slice() } : {}),
    };
    this.history.push(entry);
    if (this.#control.onIteration?.(entry) === false) return "stopped by onIteration";
    return this.#control.signal?.aborted === true ? "stopped by the signal" : undefined;
  }

  /** The result, with copies of what the buffers hold. */
  result(last: Float64Array, iterations: number, status: MinimizeStatus, reason: string): MinimizeResult {
    return {
      x: this.#best.slice(),
      value: this.#bestValue,
      gradientNorm: this.#bestNorm,
      last: last.slice(),
      iterations,
      evaluations: this.evaluations,
      status,
      reason,
      history: this.history,
    };
  }
}

/** The Euclidean norm; NaN or infinity if an element is. Scaled, so that it doesn't overflow. */
export function norm(x: Float64Array): number {
  let largest = 0;
  for (let i = 0; i < x.length; i++) {
    const size = Math.abs(x[i]!);
    if (!(size <= largest)) largest = size;
    if (!Number.isFinite(size)) return size;
  }
  if (largest === 0) return 0;
  const scale = largest > 1e150 || largest < 1e-150 ? largest : 1;
  let sum = 0;
  for (let i = 0; i < x.length; i++) {
    const value = x[i]! / scale;
    sum += value * value;
  }
  return scale * Math.sqrt(sum);
}
