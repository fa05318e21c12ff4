import { type CompileOptions, graphCost } from "../../engine/execute/index.ts";
import { call, type Graph, scan, trace, vmap } from "../../engine/graph/index.ts";
import type { NdArray } from "../../engine/tensor/index.ts";
import { type Awaitable, whenReady } from "./operator.ts";

/** Floating-point operations in products from which a member's share of a batch is worth more than a loop of its own. */
const HEAVY = 2000;
/** Bytes that the values of one batch may take; larger ensembles go in parts of equal size. */
const MEMORY = 2 ** 27;

const forms = new WeakMap<Graph, { readonly whole: boolean; readonly elements: number }>();

/** Whether members go through a graph together, and how many numbers one of them takes there. */
function formOf(graph: Graph): { readonly whole: boolean; readonly elements: number } {
  const known = forms.get(graph);
  if (known !== undefined) return known;
  const { products, convolutionProducts, spreadProducts, elements } = graphCost(graph);
  const form = { whole: products + convolutionProducts + spreadProducts >= HEAVY, elements };
  forms.set(graph, form);
  return form;
}

/** Runs `rows` members, X [rows, n], with the graph that `build` makes. */
export type RunBatch = (rows: number, X: NdArray, build: () => Graph) => Awaitable<NdArray>;

/**
 * A graph (x [n], t) → y [m] on each row of X [members, n]: [members, m]. Cheap graphs in a loop over members inside one
 * program; heavy ones, and all on ONNX Runtime, as one batch, cut into parts when it would take too much memory.
 */
export function batchedGraph(
  graph: Graph,
  { executor, device }: CompileOptions,
  X: NdArray,
  m: number,
  run: RunBatch,
): Awaitable<NdArray> {
  const [members, n] = [X.shape[0]!, X.shape[1]!];
  const { whole, elements } = formOf(graph);
  if (!whole && executor !== "ort" && device !== "gpu")
    return run(members, X, () =>
      trace((all, t) => scan((_, [x]) => ({ ys: call(graph, [x!, t]) }), [], [all]).ys[0]!, [[members, n], []]),
    );
  const most = Math.max(1, Math.floor(MEMORY / (8 * elements)));
  const rows = Math.ceil(members / Math.ceil(members / most));
  const build = (count: number) => (): Graph => vmap(graph, count, [true, false]);
  if (rows >= members) return run(members, X, build(members));
  const out = new Float64Array(members * m);
  const next = (first: number): Awaitable<NdArray> => {
    if (first >= members) return { data: out, shape: [members, m] };
    const count = Math.min(rows, members - first);
    const part = { data: X.data.subarray(first * n, (first + count) * n), shape: [count, n] };
    return whenReady(run(count, part, build(count)), ({ data }) => {
      out.set(data, first * m);
      return next(first + count);
    });
  };
  return next(0);
}
