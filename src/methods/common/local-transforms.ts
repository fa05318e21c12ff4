import { NumericalError } from "../../engine/errors/index.ts";
import { runTasks, type Task } from "../../engine/execute/index.ts";
import { type GramTransforms, gramStride, gramTransforms } from "../../engine/linalg/index.ts";
import type { NdArray } from "../../engine/tensor/index.ts";
import type { Awaitable } from "../../problem/operators/index.ts";
import { growingFloats, growingIntegers } from "./growing.ts";
import type { LocalPatch, LocalPatches } from "./localized.ts";

/** Numbers of observations, all places counted, in a block: some milliseconds of work, small beside an ensemble. */
const BLOCK = 65536;
/** Most places of a block. */
const PLACES = 1024;
/** Places that are asked how many observations they have. */
const SAMPLE = 32;
/** Floating-point operations in all from which blocks are shared among threads. */
const SHARED = 2e7;

/** What local transforms start from. */
export interface LocalTransforms {
  /** Members [N, n], their mean [n], and a copy of them, where the analysis goes. */
  readonly E: NdArray;
  readonly mean: Float64Array;
  readonly out: Float64Array;
  readonly patches: LocalPatches;
  readonly observed: LocalRows;
}

/** Anomalies of what is observed, whitened: rows of `gramStride(N)` numbers, one for each observation, and innovations. */
export interface ObservedRows {
  readonly rows: Float64Array;
  readonly targets: Float64Array;
}

/** Those of all observations, to be tapered; or those of a patch, tapered already, where errors are correlated. */
export type LocalRows = ObservedRows | ((patch: LocalPatch) => ObservedRows);

/** [N, m] as rows for transforms, one for each of m. */
export function transformRows({ data, shape }: NdArray): Float64Array {
  const [N, m] = [shape[0]!, shape[1]!];
  const stride = gramStride(N);
  const rows = new Float64Array(m * stride);
  for (let i = 0; i < N; i++) for (let j = 0; j < m; j++) rows[j * stride + i] = data[i * m + j]!;
  return rows;
}

/** Transforms of some places, with the variables that their vectors belong to: in arrays that the next block overwrites. */
interface Block {
  /** The first of its places. */
  readonly first: number;
  readonly batch: GramTransforms;
  readonly variables: Int32Array;
}

/** What takes a block's transformed vectors, which belong to its variables. */
type Taker = (
  block: Pick<Block, "first" | "variables"> & Pick<GramTransforms, "vectorStarts">,
  vectors: Float64Array,
) => void;

/**
 * The analysis at all places that observations reach, block by block, each made when it is its turn: together they can be
 * larger than an ensemble.
 * @throws NumericalError for anomalies or innovations that are not finite
 */
export function localTransforms(input: LocalTransforms): void {
  transformBlocks(input, takerOf(input));
}

/** The same, to the last bit, by several threads where that pays. */
export function sharedLocalTransforms(input: LocalTransforms, threads: number): Awaitable<void> {
  return shareBlocks(input, threads, takerOf(input));
}

/** Transforms of members, block by block, for whoever takes them. */
export function transformBlocks(input: Omit<LocalTransforms, "out">, take: Taker): void {
  const { starts, block } = blocksOf(input);
  for (const start of starts) perform(block(start), take);
}

/** The same by several threads where that pays. */
export function shareBlocks(input: Omit<LocalTransforms, "out">, threads: number, take: Taker): Awaitable<void> {
  const { starts, block, operations } = blocksOf(input);
  if (threads === 1 || starts.length < 2 || operations < SHARED) return transformBlocks(input, take);
  const tasks = starts.map((start) => taskOf(() => block(start), take));
  return runTasks(undefined, threads, tasks);
}

function perform(block: Block, take: Taker): void {
  const { first, batch, variables } = block;
  checkTransforms(gramTransforms(batch));
  take({ first, variables, vectorStarts: batch.vectorStarts }, batch.vectors);
}

/** @throws NumericalError when a batch has failed at a place */
function checkTransforms(failed: number): void {
  if (failed >= 0)
    throw new NumericalError("E", "expected finite members and observations of them, got others at some place");
}

interface Blocks {
  /** The first place of each. */
  readonly starts: readonly number[];
  block(start: number): Block;
  /** About how many floating-point operations there are in all. */
  readonly operations: number;
}

function blocksOf(input: Omit<LocalTransforms, "out">): Blocks {
  const { E, patches } = input;
  const N = E.shape[0]!;
  const make = blockMaker(input);
  const rows = meanReach(patches);
  const size = Math.max(1, Math.floor(BLOCK / Math.max(rows, BLOCK / PLACES)));
  const starts: number[] = [];
  for (let start = 0; start < patches.length; start += size) starts.push(start);
  return {
    starts,
    block: (start) => make(start, Math.min(patches.length, start + size)),
    operations: patches.length * N * N * (rows + 2 * N),
  };
}

/** About how many observations a place has: the mean of some places all over, as those at an edge have fewer. */
function meanReach(patches: LocalPatches): number {
  const count = Math.min(SAMPLE, patches.length);
  let sum = 0;
  for (let i = 0; i < count; i++)
    sum += patches.at(Math.floor(((i + 0.5) * patches.length) / count))?.observations.length ?? 0;
  return count === 0 ? 0 : sum / count;
}

function taskOf(make: () => Block, take: Taker): Task {
  let kept: Parameters<Taker>[0] | undefined;
  return {
    work() {
      const { first, batch, variables } = make();
      kept = { first, variables: variables.slice(), vectorStarts: batch.vectorStarts.slice() };
      return { kind: "transform", batch: copyOf(batch) };
    },
    done([vectors, failed]) {
      checkTransforms(failed![0]!);
      take(kept!, vectors!);
    },
    here() {
      perform(make(), take);
    },
  };
}

/** A batch in arrays of its own, which can be handed over. */
function copyOf(batch: GramTransforms): GramTransforms {
  return {
    ...batch,
    rows: batch.rows.slice(),
    targets: batch.targets.slice(),
    indices: batch.indices.slice(),
    weights: batch.weights.slice(),
    vectors: batch.vectors.slice(),
  };
}

/** Puts transformed vectors where they belong. */
function takerOf({ E, mean, out }: LocalTransforms): Taker {
  const [N, n] = [E.shape[0]!, E.shape[1]!];
  const stride = gramStride(N);
  return ({ variables }, vectors) => {
    for (let member = 0; member < N; member++)
      for (let q = 0; q < variables.length; q++) {
        const variable = variables[q]!;
        out[member * n + variable] = mean[variable]! + vectors[q * stride + member]!;
      }
  };
}

/** Makes blocks of the places from one number to another. */
function blockMaker({ E, mean, patches, observed }: Omit<LocalTransforms, "out">): (from: number, to: number) => Block {
  const [N, n] = [E.shape[0]!, E.shape[1]!];
  const stride = gramStride(N);
  const [indices, variables] = [growingIntegers(), growingIntegers()];
  const [weights, rows, targets, vectors] = [growingFloats(), growingFloats(), growingFloats(), growingFloats()];
  /** Where a block has an observation's row, −1 for nowhere. */
  const numbers = typeof observed === "function" ? new Int32Array(0) : new Int32Array(observed.targets.length).fill(-1);
  const addTapered = (all: ObservedRows, { observations, tapers }: LocalPatch): void => {
    for (let i = 0; i < observations.length; i++) {
      const observation = observations[i]!;
      if (numbers[observation]! < 0) {
        numbers[observation] = targets.length;
        targets.push(all.targets[observation]!);
        rows.append(all.rows, observation * stride, stride);
      }
      indices.push(numbers[observation]!);
    }
    weights.append(tapers, 0, tapers.length);
  };
  const addOwn = (own: ObservedRows): void => {
    for (let i = 0; i < own.targets.length; i++) {
      indices.push(targets.length + i);
      weights.push(1);
    }
    targets.append(own.targets, 0, own.targets.length);
    rows.append(own.rows, 0, own.rows.length);
  };
  return (from, to) => {
    for (const list of [indices, weights, rows, targets, variables, vectors]) list.clear();
    const starts = new Int32Array(to - from + 1);
    const vectorStarts = new Int32Array(to - from + 1);
    numbers.fill(-1);
    for (let place = from; place < to; place++) {
      const patch = patches.at(place);
      if (patch !== undefined && patch.observations.length > 0) {
        if (typeof observed === "function") addOwn(observed(patch));
        else addTapered(observed, patch);
        variables.append(patch.variables, 0, patch.variables.length);
      }
      starts[place - from + 1] = indices.length;
      vectorStarts[place - from + 1] = variables.length;
    }
    const own = variables.view();
    vectors.extend(own.length * stride);
    const x = vectors.view().fill(0);
    for (let member = 0; member < N; member++)
      for (let q = 0; q < own.length; q++) x[q * stride + member] = E.data[member * n + own[q]!]! - mean[own[q]!]!;
    const batch = {
      n: N,
      k: N - 1,
      rows: rows.view(),
      targets: targets.view(),
      starts,
      indices: indices.view(),
      weights: weights.view(),
      vectorStarts,
      vectors: x,
    };
    return { first: from, batch, variables: own };
  };
}
