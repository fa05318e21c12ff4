import {
  type CompileOptions,
  type Executable,
  expectedTime,
  graphCost,
  programOf,
  runTasks,
  type Task,
} from "../../engine/execute/index.ts";
import { call, type Graph, scan, trace, vmap } from "../../engine/graph/index.ts";
import type { NdArray } from "../../engine/tensor/index.ts";
import { firstResult } from "./compiled.ts";
import { type Awaitable, whenReady } from "./operator.ts";

/** Floating-point operations in products from which a member's share of a batch is worth more than a loop of its own. */
const HEAVY = 2000;
/** Variables up to which members of a cheap graph are worked on side by side, and the members from which on that pays. */
const TINY = 4;
const ABREAST = 16;
/** Bytes that the values of one batch may take; larger ensembles go in parts of equal size. */
const MEMORY = 2 ** 27;

/** Microseconds of expected work from which members are shared among threads. */
const SHARED = 2000;
/** Microseconds of work in a part, if there are enough of them. */
const PART = 2000;
/** Microseconds for each number that goes to a worker or comes back: `npm run bench -- threads`. */
const CARRIED = 1e-3;

interface Form {
  /** Whether members go through the graph together. */
  readonly whole: boolean;
  /** How many numbers a member takes there. */
  readonly elements: number;
  /** Expected microseconds for a member. */
  readonly time: number;
}

const forms = new WeakMap<Graph, Form>();

function formOf(graph: Graph): Form {
  const known = forms.get(graph);
  if (known !== undefined) return known;
  const cost = graphCost(graph);
  const whole = cost.products + cost.convolutionProducts + cost.spreadProducts >= HEAVY;
  const form = { whole, elements: cost.elements, time: expectedTime(cost, graph, "wasm64") };
  forms.set(graph, form);
  return form;
}

/** The executable of a batch of `rows` members, from the graph that `build` makes. */
export type UseBatch = (rows: number, build: () => Graph) => Executable;

/**
 * A graph (x [n], t) → y [m] on each row of X [members, n]: [members, m]. Cheap graphs in a loop over members inside one
 * program (members of very few variables side by side, in vectors), shared among threads where there are several and it pays; heavy ones, and all on ONNX Runtime, as one batch, cut into
 * parts when it would take too much memory. The same bytes for any number of threads.
 */
export function batchedGraph(
  graph: Graph,
  { executor, device, threads = 1 }: CompileOptions,
  X: NdArray,
  t: number,
  m: number,
  use: UseBatch,
): Awaitable<NdArray> {
  const [members, n] = [X.shape[0]!, X.shape[1]!];
  const { whole, elements, time } = formOf(graph);
  if (!whole && executor !== "ort" && device !== "gpu") {
    const abreast = n <= TINY && m <= TINY && members >= ABREAST && executor !== "js";
    const loop = (count: number) => (): Graph =>
      abreast
        ? vmap(graph, count, [true, false])
        : trace((all, at) => scan((_, [x]) => ({ ys: call(graph, [x!, at]) }), [], [all]).ys[0]!, [[count, n], []]);
    const gain = time * (1 - 1 / threads) - CARRIED * (n + m);
    if (members > 1 && gain > 0 && time * members > SHARED)
      return amongThreads(X, t, m, partsFor(time * members, threads), threads, loop, use);
    return firstResult(use(members, loop(members)), [X, t]);
  }
  const most = Math.max(1, Math.floor(MEMORY / (8 * elements)));
  const rows = Math.ceil(members / Math.ceil(members / most));
  const build = (count: number) => (): Graph => vmap(graph, count, [true, false]);
  if (rows >= members) return firstResult(use(members, build(members)), [X, t]);
  const out = new Float64Array(members * m);
  const next = (first: number): Awaitable<NdArray> => {
    if (first >= members) return { data: out, shape: [members, m] };
    const count = Math.min(rows, members - first);
    const part = { data: X.data.subarray(first * n, (first + count) * n), shape: [count, n] };
    return whenReady(firstResult(use(count, build(count)), [part, t]), ({ data }) => {
      out.set(data, first * m);
      return next(first + count);
    });
  };
  return next(0);
}

/** Members in parts of equal size, each to the thread that is free; the last part begins early enough to be whole. */
async function amongThreads(
  X: NdArray,
  t: number,
  m: number,
  parts: number,
  threads: number,
  loop: (count: number) => () => Graph,
  use: UseBatch,
): Promise<NdArray> {
  const [members, n] = [X.shape[0]!, X.shape[1]!];
  const rows = rowsOfParts(members, parts, threads);
  const executable = use(rows, loop(rows));
  const program = programOf(executable);
  if (program === undefined) throw new Error("a batch has no program");
  const out = new Float64Array(members * m);
  const spare: Float64Array[] = [];
  const tasks = Array.from({ length: Math.ceil(members / rows) }, (_, part): Task => {
    const first = Math.min(part * rows, members - rows);
    const data = X.data.subarray(first * n, (first + rows) * n);
    const place = out.subarray(first * m, (first + rows) * m);
    return {
      work() {
        const own = spare.pop() ?? new Float64Array(rows * n);
        own.set(data);
        return { kind: "run", inputs: [own, Float64Array.of(t)] };
      },
      done([result]) {
        place.set(result!);
        if (m === n) spare.push(result!);
      },
      here() {
        executable.runSync([{ data, shape: [rows, n] }, t], { out: [place] });
      },
    };
  });
  await runTasks(program, threads, tasks);
  return { data: out, shape: [members, m] };
}

/** Parts of some milliseconds, four to twelve for each thread: the more there are, the more evenly threads end. */
function partsFor(time: number, threads: number): number {
  return threads * Math.min(12, Math.max(4, Math.round(time / threads / PART)));
}

/** Members of a part: about as many as make so many parts, of the size that has all threads busy until the end. */
function rowsOfParts(members: number, parts: number, threads: number): number {
  const most = Math.ceil(members / parts);
  const longest = (rows: number): number => Math.ceil(Math.ceil(members / rows) / threads) * rows;
  let best = most;
  for (let rows = most - 1; rows >= most / 2; rows--) if (longest(rows) < longest(best)) best = rows;
  return best;
}
