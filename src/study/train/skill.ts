import { type CompileOptions, compile } from "../../engine/execute/index.ts";
import { type Graph, scan, trace } from "../../engine/graph/index.ts";
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
 * deviation of the training part. O(starts · steps) calls of the network, all starts at once.
 */
export async function forecastSkill(options: SkillOptions): Promise<Skill | undefined> {
  const { network, parameters, data, steps, threshold, execution } = options;
  const chosen = startsOf(data.test ?? [], options.starts, steps);
  if (chosen.length === 0) return undefined;
  const n = sizeOf(data.shape);
  const climate = climatologyOf(data.train, n);
  const paths = await rollouts(network, parameters, chosen, steps, execution);
  const count = chosen.length;
  const [rmse, persistence, climatology] = [0, 1, 2].map(() => new Float64Array(steps));
  const validTimes = new Float64Array(count).fill(steps * data.dt);
  let beyond = 0;
  chosen.forEach(({ run, at }, s) => {
    let valid = true;
    for (let k = 0; k < steps; k++) {
      const [own, still, mean] = errors(climate, n, (i) => {
        const truth = run.data[(at + k + 1) * n + i]!;
        return [paths[(k * count + s) * n + i]! - truth, run.data[at * n + i]! - truth, climate.mean[i]! - truth];
      });
      rmse![k]! += own / count;
      persistence![k]! += still / count;
      climatology![k]! += mean / count;
      if (valid && !(Math.sqrt(own) <= threshold)) {
        valid = false;
        validTimes[s] = (k + 1) * data.dt;
      }
    }
    if (valid) beyond++;
  });
  const root = (squares: Float64Array | undefined): Float64Array => squares!.map(Math.sqrt);
  return {
    leadTimes: Float64Array.from({ length: steps }, (_, k) => (k + 1) * data.dt),
    rmse: root(rmse),
    persistence: root(persistence),
    climatology: root(climatology),
    validTimes,
    beyond,
    example: exampleOf(chosen, paths, validTimes, steps, n),
  };
}

/** Mean squares of three errors in units of the climatological deviation. */
function errors(
  { deviation }: { readonly deviation: Float64Array },
  n: number,
  at: (i: number) => readonly [number, number, number],
): readonly [number, number, number] {
  let [a, b, c] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    const [own, still, mean] = at(i);
    const weight = 1 / (deviation[i]! ** 2 * n);
    a += own * own * weight;
    b += still * still * weight;
    c += mean * mean * weight;
  }
  return [a, b, c];
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

/** States of all rollouts, [steps, starts, n]. */
async function rollouts(
  network: Network,
  parameters: Float64Array,
  starts: readonly Start[],
  steps: number,
  execution: CompileOptions,
): Promise<Float64Array> {
  const n = sizeOf(network.inputShape);
  const shape = [starts.length, ...network.inputShape];
  const data = new Float64Array(starts.length * n);
  starts.forEach(({ run, at }, s) => {
    data.set(run.data.subarray(at * n, (at + 1) * n), s * n);
  });
  const step = surrogate(network, parameters);
  const graph = trace(
    (x) =>
      scan(
        ([state]) => {
          const next = step(state!);
          return { carry: [next], ys: [next] };
        },
        [x!],
        [],
        { length: steps },
      ).ys[0]!,
    [shape],
  );
  const [paths] = await graphRunner(graph, execution)([{ data, shape }]);
  return paths!.data;
}

/** Compiles a graph for either executor. */
export function graphRunner(
  graph: Graph,
  { executor = "auto", ...rest }: CompileOptions,
): (inputs: readonly NdArray[]) => Promise<NdArray[]> {
  const made = executor === "ort" ? compile(graph, { ...rest, executor }) : compile(graph, { ...rest, executor });
  return (inputs) => made.run(inputs);
}

function exampleOf(
  starts: readonly Start[],
  paths: Float64Array,
  validTimes: Float64Array,
  steps: number,
  n: number,
): Skill["example"] {
  const order = Array.from(validTimes.keys()).sort((a, b) => validTimes[a]! - validTimes[b]!);
  const s = order[Math.floor((order.length - 1) / 2)]!;
  const { run, at } = starts[s]!;
  const truth = run.data.slice(at * n, (at + steps + 1) * n);
  const prediction = truth.slice();
  for (let k = 0; k < steps; k++)
    prediction.set(paths.subarray((k * starts.length + s) * n, (k * starts.length + s + 1) * n), (k + 1) * n);
  const shape = [steps + 1, n];
  return { prediction: { data: prediction, shape }, truth: { data: truth, shape }, validTime: validTimes[s]! };
}
