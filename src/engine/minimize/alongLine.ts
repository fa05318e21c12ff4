import { type LinePoint, type LineSearchResult, lineSearch } from "./lineSearch.ts";
import type { Point, Recorder } from "./recorder.ts";
import type { Search } from "./search.ts";
import { dot } from "./twoLoop.ts";

/** A line search from `here` along a descent direction; `next` is the point found, evaluated. */
export function* alongLine(
  recorder: Recorder,
  here: Point,
  next: Point,
  direction: Float64Array,
  first: number,
): Search<LineSearchResult> {
  let last = Number.NaN;
  const trial = function* (step: number): Search<LinePoint> {
    last = step;
    let moved = false;
    for (let i = 0; i < direction.length; i++) {
      next.x[i] = here.x[i]! + step * direction[i]!;
      moved ||= next.x[i] !== here.x[i];
    }
    if (!moved) return { step, value: Number.NaN, slope: Number.NaN };
    const finite = yield* recorder.evaluate(next);
    return { step, value: next.value, slope: finite ? dot(direction, next.gradient) : Number.NaN };
  };
  const slope = dot(direction, here.gradient);
  const found = yield* lineSearch(trial, { step: 0, value: here.value, slope }, first);
  if (found.ok && found.step !== last) yield* trial(found.step);
  return found;
}
