import { type CompileOptions, compile } from "../../execute/index.ts";
import type { Graph } from "../../graph/index.ts";
import type { RandomStreams } from "../../random/index.ts";
import type { ArrayLike64, NdArray } from "../../tensor/index.ts";
import { initialize, type Network } from "../network.ts";
import type { Optimizer } from "../optimizers/index.ts";
import { batchShapes, gather, type Samples } from "./data.ts";
import { evaluationGraph, stepGraph } from "./graphs.ts";
import type { Objective } from "./objectives.ts";

type Run = (inputs: readonly ArrayLike64[], out?: readonly Float64Array[]) => Promise<NdArray[]>;

function runner(graph: Graph, options: CompileOptions): Run {
  const made = compile(graph, options);
  return (inputs, out) => made.run(inputs, out === undefined ? {} : { out });
}

/** Parameters and moments as they change. */
export interface Weights {
  parameters: Float64Array;
  moments: Float64Array[];
}

/** One step in place of `weights` on some rows; answers with the loss before it and the norm of its gradient. */
export type Stepper = (
  weights: Weights,
  rows: ArrayLike<number>,
  at: { readonly step: number; readonly rate: number; readonly epoch: number; readonly batch: number },
) => Promise<readonly [loss: number, norm: number]>;

/** Compiled steps, one for each size of batch that comes. */
export function stepper(
  network: Network,
  objective: Objective,
  optimizer: Optimizer,
  clipNorm: number | undefined,
  data: Samples,
  streams: RandomStreams,
  execution: CompileOptions,
): Stepper {
  const made = new Map<number, { run: Run; noise: Float64Array }>();
  let spare: Float64Array[] = Array.from({ length: 1 + optimizer.moments }, () => new Float64Array(network.size));
  const forSize = (size: number): { run: Run; noise: Float64Array } => {
    const found = made.get(size);
    if (found !== undefined) return found;
    const { graph, noise } = stepGraph(network, objective, optimizer, clipNorm, batchShapes(data, size));
    const fresh = { run: runner(graph, execution), noise: new Float64Array(noise) };
    made.set(size, fresh);
    return fresh;
  };
  const [loss, norm] = [new Float64Array(1), new Float64Array(1)];
  return async (weights, rows, { step, rate, epoch, batch }) => {
    const { run, noise } = forSize(rows.length);
    const stream = streams.stream("dropout", epoch, batch);
    for (let i = 0; i < noise.length; i++) noise[i] = stream.uniform();
    const scalars = Float64Array.from(optimizer.scalars(step + 1, rate));
    const before = [weights.parameters, ...weights.moments];
    const inputs = [...before, scalars, ...gather(data, rows), ...(noise.length === 0 ? [] : [noise])];
    await run(inputs, [loss, norm, ...spare]);
    weights.parameters = spare[0]!;
    weights.moments = spare.slice(1);
    spare = before;
    return [loss[0]!, norm[0]!];
  };
}

/** Mean loss of samples, in batches in their order. */
export function evaluator(
  network: Network,
  objective: Objective,
  data: Samples,
  batchSize: number,
  execution: CompileOptions,
): (parameters: Float64Array) => Promise<number> {
  const made = new Map<number, Run>();
  return async (parameters) => {
    let sum = 0;
    for (let from = 0; from < data.count; from += batchSize) {
      const size = Math.min(batchSize, data.count - from);
      const run = made.get(size) ?? runner(evaluationGraph(network, objective, batchShapes(data, size)), execution);
      made.set(size, run);
      const rows = Int32Array.from({ length: size }, (_, i) => from + i);
      const [loss] = await run([parameters, ...gather(data, rows)]);
      sum += loss!.data[0]! * size;
    }
    return sum / data.count;
  };
}

/** Parameters and moments to begin with. */
export function freshWeights(network: Network, optimizer: Optimizer, seed: number, given?: Float64Array): Weights {
  return {
    parameters: given?.slice() ?? initialize(network, seed),
    moments: Array.from({ length: optimizer.moments }, () => new Float64Array(network.size)),
  };
}
