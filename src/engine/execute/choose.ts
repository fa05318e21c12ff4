import type { Graph } from "../graph/index.ts";
import { type GraphCost, graphCost } from "./cost.ts";

/** Microseconds of one kind of work. */
interface Rates {
  /** A call with its inputs and outputs, each. */
  readonly call: number;
  readonly argument: number;
  /** An operation, and a step of a loop. */
  readonly operation: number;
  readonly step: number;
  /** An element of a cheap operation; one that is summed; one of a transcendental operation, by relative cost. */
  readonly cheap: number;
  readonly reduced: number;
  readonly transcendental: number;
  /** A floating-point operation of matrix products, and an element of their factors. */
  readonly product: number;
  readonly factor: number;
  /** A convolution, and a floating-point operation of it. */
  readonly convolution: number;
  readonly convolutionProduct: number;
  readonly spreadProduct: number;
}

/** Fitted to what `npm run bench -- choice` prints; only their ratios matter. */
const RATES: Readonly<Record<"wasm64" | "wasm32" | "ort64" | "ort32", Rates>> = {
  wasm64: {
    call: 0.5,
    argument: 0.1,
    operation: 0.02,
    step: 0.02,
    cheap: 1.7e-4,
    reduced: 7e-4,
    transcendental: 4.5e-4,
    product: 1 / 13_000,
    factor: 3e-4,
    convolution: 3,
    convolutionProduct: 1 / 9500,
    spreadProduct: 1 / 8000,
  },
  wasm32: {
    call: 0.5,
    argument: 0.1,
    operation: 0.02,
    step: 0.02,
    cheap: 1.7e-4,
    reduced: 7e-4,
    transcendental: 4.5e-4,
    product: 1 / 24_000,
    factor: 1.5e-4,
    convolution: 3,
    convolutionProduct: 1 / 18_000,
    spreadProduct: 1 / 15_000,
  },
  ort64: {
    call: 6,
    argument: 2,
    operation: 0.6,
    step: 1.2,
    cheap: 5e-4,
    reduced: 3e-4,
    transcendental: 3.6e-4,
    product: 1 / 40_000,
    factor: 1.2e-3,
    convolution: 20,
    convolutionProduct: 1 / 8000,
    spreadProduct: 1 / 600,
  },
  ort32: {
    call: 6,
    argument: 2.5,
    operation: 0.5,
    step: 1,
    cheap: 4e-4,
    reduced: 3e-4,
    transcendental: 5e-5,
    product: 1 / 90_000,
    factor: 1.5e-4,
    convolution: 2,
    convolutionProduct: 1 / 45_000,
    spreadProduct: 1 / 20_000,
  },
};

/** Expected time of a run in microseconds, by an arithmetic model of the graph. */
export function expectedTime(cost: GraphCost, graph: Graph, by: keyof typeof RATES): number {
  const rates = RATES[by];
  return (
    rates.call +
    rates.argument * (graph.inputs.length + graph.outputs.length) +
    rates.operation * cost.operations +
    rates.step * cost.steps +
    rates.cheap * cost.cheap +
    rates.reduced * cost.reduced +
    rates.transcendental * cost.transcendental +
    rates.product * cost.products +
    rates.factor * cost.factors +
    rates.convolution * cost.convolutions +
    rates.convolutionProduct * cost.convolutionProducts +
    rates.spreadProduct * cost.spreadProducts
  );
}

/** Which executor is expected to run a graph faster. It depends on the graph alone, not on timings. */
export function fasterExecutor(graph: Graph, dtype: "float64" | "float32"): "wasm" | "ort" {
  const cost = graphCost(graph);
  const [wasm, ort] = dtype === "float32" ? (["wasm32", "ort32"] as const) : (["wasm64", "ort64"] as const);
  return expectedTime(cost, graph, ort) < expectedTime(cost, graph, wasm) ? "ort" : "wasm";
}
