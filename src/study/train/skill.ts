import { type CompileOptions, compile } from "../../engine/execute/index.ts";
import { type Graph, scan, type Tensor, trace } from "../../engine/graph/index.ts";
import { type Network, surrogate } from "../../engine/nn/index.ts";
import { type NdArray, sizeOf } from "../../engine/tensor/index.ts";
import type { StateData } from "./data.ts";

/** How good rollouts from states of the test part are, against states of the test part. */
export interface Skill {
  /** Time of each step from the start, [steps]. */
  readonly leadTimes: Float64Array;
  /** Root mean square over starts and variables of errors in units of the climatological deviation, by lead time. */
  readonly rmse: Float64Array;
  /** The same for the start itself, and for the climatological mean. */
  readonly persistence: Float64Array;
  readonly climatology: Float64Array;
  /** Of each start: the first lead time at which its error is above the threshold; the last one where none is. */
  readonly validTimes: Float64Array;
  /** Starts whose error stays below the threshold to the end. */
  readonly beyond: number;
  /** The rollout whose valid time is the median: what the network made and what was, [steps + 1, n] each. */
  readonly example: { readonly prediction: NdArray; readonly truth: NdArray; readonly validTime: number };
}

export interface SkillOptions {
  readonly network: Network;
  readonly parameters: Float64Array;
  readonly data: StateData;
  /** The most starts; they are spread evenly. */
  readonly starts: number;
  readonly steps: number;
  /** Error that ends the valid time. */
  readonly threshold: number;
  readonly execution: CompileOptions;
}

/** A state of the test part to start from, and those that follow. */
interface Start {
  readonly run: NdArray;
  readonly at: number;
}

/** How many steps rollouts of the test part can have, at most half of its longest run. */
export function longestRollout(runs: readonly NdArray[]): number {
  return Math.max(0, ...runs.map((run) => Math.floor(run.shape[0]! / 2)));
}

/**
 * Rolls the network out from states that it has not seen. Valid times as in [Pathak2018]: how long the error of a rollout,
 * normalised by the climatological deviation of each variable, stays below the threshold. Climatology is the mean and
 * deviation of the training part. O(starts · steps) calls of the network, many starts at a time.
 */
export async function forecastSkill(options: SkillOptions): Promise<Skill | undefined> {
  const { network, parameters, data, steps, threshold, execution } = options;
  const chosen = startsOf(data.test ?? [], options.starts, steps);
  if (chosen.length === 0) return undefined;
  const n = sizeOf(data.shape);
  const { mean, deviation } = climatologyOf(data.train, n);
  const scale = deviation.map((value) => 1 / (value * value * n));
  const roll = rollouts(network, parameters, steps, execution);
  const [own, still, climate] = [new Float64Array(steps), new Float64Array(steps), new Float64Array(steps)];
  const validTimes = new Float64Array(chosen.length).fill(steps * data.dt);
  let beyond = 0;
  const size = Math.min(chosen.length, Math.max(1, Math.floor(largestPath / (steps * n))));
  for (let from = 0; from < chosen.length; from += size) {
    const part = chosen.slice(from, from + size);
    const paths = await roll(part);
    part.forEach(({ run, at }, s) => {
      let valid = true;
      for (let k = 0; k < steps; k++) {
        const truth = (at + k + 1) * n;
        const error = distance(paths, (k * part.length + s) * n, run.data, truth, scale);
        own[k]! += error / chosen.length;
        still[k]! += distance(run.data, at * n, run.data, truth, scale) / chosen.length;
        climate[k]! += distance(mean, 0, run.data, truth, scale) / chosen.length;
        if (!valid || Math.sqrt(error) <= threshold) continue;
        valid = false;
        validTimes[from + s] = (k + 1) * data.dt;
      }
      if (valid) beyond++;
    });
  }
  const middle = medianIndex(validTimes);
  return {
    leadTimes: Float64Array.from({ length: steps }, (_, k) => (k + 1) * data.dt),
    rmse: own.map(Math.sqrt),
    persistence: still.map(Math.sqrt),
    climatology: climate.map(Math.sqrt),
    validTimes,
    beyond,
    example: { ...exampleOf(chosen[middle]!, await roll([chosen[middle]!]), steps, n), validTime: validTimes[middle]! },
  };
}

/** The most numbers that rollouts computed together may have. */
const largestPath = 2 ** 22;

/** Weighted square of the distance between a state in one array and one in another. */
function distance(a: Float64Array, i: number, b: Float64Array, j: number, weights: Float64Array): number {
  let sum = 0;
  for (let l = 0; l < weights.length; l++) sum += (a[i + l]! - b[j + l]!) ** 2 * weights[l]!;
  return sum;
}

/** Mean and deviation of each variable over all states; 1 for one that doesn't vary. */
function climatologyOf(runs: readonly NdArray[], n: number): { mean: Float64Array; deviation: Float64Array } {
  const count = runs.reduce((sum, run) => sum + run.shape[0]!, 0);
  const [mean, square] = [new Float64Array(n), new Float64Array(n)];
  for (const { data } of runs) for (let j = 0; j < data.length; j++) mean[j % n]! += data[j]! / count;
  for (const { data } of runs)
    for (let j = 0; j < data.length; j++) square[j % n]! += (data[j]! - mean[j % n]!) ** 2 / count;
  return { mean, deviation: square.map((value) => Math.sqrt(value) || 1) };
}

function startsOf(runs: readonly NdArray[], most: number, steps: number): Start[] {
  const all = runs.flatMap((run) =>
    Array.from({ length: Math.max(0, run.shape[0]! - steps) }, (_, at): Start => ({ run, at })),
  );
  const count = Math.min(most, all.length);
  return Array.from({ length: count }, (_, s) => all[Math.floor((s * all.length) / count)]!);
}

/** A function that gives the states of the rollouts from some starts, [steps, starts, n]. */
function rollouts(
  network: Network,
  parameters: Float64Array,
  steps: number,
  execution: CompileOptions,
): (starts: readonly Start[]) => Promise<Float64Array> {
  const n = sizeOf(network.inputShape);
  const step = surrogate(network, parameters);
  const made = new Map<number, ReturnType<typeof graphRunner>>();
  const compiled = (count: number): ReturnType<typeof graphRunner> => {
    const path = (x: Tensor | undefined): Tensor =>
      scan(
        ([state]) => {
          const next = step(state!);
          return { carry: [next], ys: [next] };
        },
        [x!],
        [],
        { length: steps },
      ).ys[0]!;
    const run = made.get(count) ?? graphRunner(trace(path, [[count, ...network.inputShape]]), execution);
    made.set(count, run);
    return run;
  };
  return async (starts) => {
    const data = new Float64Array(starts.length * n);
    starts.forEach(({ run, at }, s) => {
      data.set(run.data.subarray(at * n, (at + 1) * n), s * n);
    });
    const [paths] = await compiled(starts.length)([{ data, shape: [starts.length, ...network.inputShape] }]);
    return paths!.data;
  };
}

/** Compiles a graph for either executor. */
export function graphRunner(
  graph: Graph,
  { executor = "auto", ...rest }: CompileOptions,
): (inputs: readonly NdArray[]) => Promise<NdArray[]> {
  const made = executor === "ort" ? compile(graph, { ...rest, executor }) : compile(graph, { ...rest, executor });
  return (inputs) => made.run(inputs);
}

/** The position of the median, a lower one of two. */
function medianIndex(values: Float64Array): number {
  const order = Array.from(values.keys()).sort((a, b) => values[a]! - values[b]!);
  return order[Math.floor((order.length - 1) / 2)]!;
}

function exampleOf(
  { run, at }: Start,
  path: Float64Array,
  steps: number,
  n: number,
): Pick<Skill["example"], "prediction" | "truth"> {
  const truth = run.data.slice(at * n, (at + steps + 1) * n);
  const prediction = truth.slice();
  prediction.set(path, n);
  const shape = [steps + 1, n];
  return { prediction: { data: prediction, shape }, truth: { data: truth, shape } };
}
