import { CaseError } from "../../engine/errors/index.ts";
import type { NdArray } from "../../engine/tensor/index.ts";
import type { HeldOut } from "./types.ts";

/** What is learned from, what chooses the best epoch and what the skill is measured on; the last two may be missing. */
export interface Parts<T> {
  readonly train: T;
  readonly validation?: T;
  readonly test?: T;
}

/** Rows of an array, not copied. */
export function rowsOf({ data, shape }: NdArray, from: number, to: number): NdArray {
  const width = data.length / shape[0]!;
  return { data: data.subarray(from * width, to * width), shape: [to - from, ...shape.slice(1)] };
}

/**
 * Parts runs: the states of a single one in the order of time (training, validation, test), or several run by run.
 * @throws CaseError when too little is left to learn from
 */
export function cutRuns(runs: readonly NdArray[], config: HeldOut, place: string): Parts<readonly NdArray[]> {
  const [only] = runs;
  if (runs.length === 1 && only !== undefined) {
    const [train, validation] = cuts(only.shape[0]!, config, "states", 2);
    const part = (from: number, to: number): readonly NdArray[] => [rowsOf(only, from, to)];
    return present(part, train, validation, only.shape[0]!);
  }
  if (runs.some((run) => run.shape[0]! < 2)) throw new CaseError(place, "expected runs of at least two states");
  const [train, validation] = cuts(runs.length, config, "runs", 1);
  return present((from, to) => runs.slice(from, to), train, validation, runs.length);
}

/**
 * Parts samples in their order: training, validation, test.
 * @throws CaseError when too little is left to learn from
 */
export function cutPairs(pair: readonly [NdArray, NdArray], config: HeldOut): Parts<readonly [NdArray, NdArray]> {
  const [inputs, targets] = pair;
  const count = inputs.shape[0]!;
  const [train, validation] = cuts(count, config, "samples", 1);
  return present((from, to) => [rowsOf(inputs, from, to), rowsOf(targets, from, to)], train, validation, count);
}

/** Ends of the training's and of the validation's part. */
function cuts(count: number, { validation, test }: HeldOut, noun: string, least: number): [number, number] {
  const number = (part: number): number => (part === 0 || part >= 1 ? part : Math.max(1, Math.round(part * count)));
  const train = count - number(validation) - number(test);
  if (train < least)
    throw new CaseError(
      "data.validation",
      `expected at least ${least} ${noun} to learn from, got ${count} in all, of which ${number(validation)} are held out for validation and ${number(test)} for the test`,
    );
  return [train, train + number(validation)];
}

function present<T>(part: (from: number, to: number) => T, train: number, validation: number, end: number): Parts<T> {
  return {
    train: part(0, train),
    ...(validation > train && { validation: part(train, validation) }),
    ...(end > validation && { test: part(validation, end) }),
  };
}

/**
 * All stretches of `steps` + 1 states of some runs, as a rollout's data: starts [N, …] and what follows them [N, steps, …];
 * for a single step [N, …]. Copies.
 * @returns undefined when no run is long enough
 */
export function windows(runs: readonly NdArray[], steps: number): [NdArray, NdArray] | undefined {
  const shape = runs[0]?.shape.slice(1) ?? [];
  const n = shape.reduce((a, b) => a * b, 1);
  const count = runs.reduce((sum, run) => sum + Math.max(0, run.shape[0]! - steps), 0);
  if (count === 0) return undefined;
  const starts = new Float64Array(count * n);
  const paths = new Float64Array(count * steps * n);
  let at = 0;
  for (const {
    data,
    shape: [times = 0],
  } of runs)
    for (let k = 0; k + steps < times; k++) {
      starts.set(data.subarray(k * n, (k + 1) * n), at * n);
      paths.set(data.subarray((k + 1) * n, (k + 1 + steps) * n), at * steps * n);
      at++;
    }
  return [
    { data: starts, shape: [count, ...shape] },
    { data: paths, shape: [count, ...(steps === 1 ? [] : [steps]), ...shape] },
  ];
}
