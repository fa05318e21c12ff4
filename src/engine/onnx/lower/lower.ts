import { CapabilityError } from "../../errors/index.ts";
import { bodyNodes } from "../../graph/builder.ts";
import type { Graph } from "../../graph/graph.ts";
import type { Body, Node, NodeOf } from "../../graph/node.ts";
import { broadcastShapes } from "../../graph/ops.ts";
import { sameShape, sizeOf } from "../../tensor/index.ts";
import type { OnnxGraph, OnnxType, OnnxValue } from "../write/model.ts";
import { elementwiseRule } from "./elementwise.ts";
import { Emitter, type Value } from "./emitter.ts";
import { lowerFourier } from "./fourier.ts";
import {
  lowerConv,
  lowerConvInput,
  lowerConvWeight,
  lowerMaxPool,
  lowerMaxPoolPick,
  lowerMaxPoolScatter,
} from "./windows.ts";

export interface LowerOptions {
  /** Type of all numbers; float64 by default. */
  readonly dtype?: "float32" | "float64";
  readonly name?: string;
}

/**
 * A graph as an ONNX graph of opset 20 with the same values: loops become Scan, what has no float64 kernel is composed of
 * what has. Inputs and outputs keep their order; they are named after the graph's inputs, and y0, y1, ….
 * @throws CapabilityError for what can't be expressed
 */
export function lowerGraph(graph: Graph, { dtype = "float64", name = "onda" }: LowerOptions = {}): OnnxGraph {
  const e = new Emitter(dtype);
  const env = new Map<Node, Value>();
  const inputs = graph.inputs.map((input, i): OnnxValue => ({ name: `x${i}`, type: dtype, shape: input.shape }));
  graph.inputs.forEach((input, i) => {
    env.set(input, { name: `x${i}`, type: dtype, shape: input.shape });
  });
  const outputs = lowerBody(e, { params: graph.inputs, outputs: graph.outputs }, env).map((value, i): OnnxValue => {
    const own = `y${i}`;
    e.nodes.push({ op: "Identity", inputs: [e.number(value).name], outputs: [own], attributes: {} });
    return { name: own, type: dtype, shape: graph.outputs[i]!.shape };
  });
  return { name, inputs, outputs, nodes: e.nodes, constants: e.constants };
}

function lowerBody(e: Emitter, body: Body, env: Map<Node, Value>): Value[] {
  const loops = new Map<Node, Value[]>();
  // Broadcasts are written where something needs the whole tensor.
  const expand = new Map<Node, Value>();
  const value = (node: Node): Value => {
    const known = env.get(node);
    if (known !== undefined) return known;
    const narrow = expand.get(node);
    if (narrow !== undefined) {
      const wide = e.node("Expand", [narrow, e.integers(node.shape)], node.shape, {}, narrow.type);
      env.set(node, wide);
      return wide;
    }
    if (node.op !== "constant") throw new Error(`no value for ${node.op}`);
    return e.constant(node.attributes.data, node.shape);
  };
  const nodes = bodyNodes(body);
  const uses = new Map<Node, number>();
  for (const used of [...nodes.flatMap(({ inputs }) => inputs), ...body.outputs])
    uses.set(used, (uses.get(used) ?? 0) + 1);
  for (const node of nodes) {
    if (node.op === "constant") continue;
    const biased = withBias(e, node, uses, env);
    if (biased !== undefined) {
      env.set(node, biased);
      continue;
    }
    if (node.op === "scan") loops.set(node, lowerScan(e, node, node.inputs.map(value)));
    else if (node.op === "get") env.set(node, loops.get(node.inputs[0]!)![node.attributes.index]!);
    else if (node.op === "broadcast") expand.set(node, value(node.inputs[0]!));
    else env.set(node, lowerNode(e, node, operands(node).map(value)));
  }
  return body.outputs.map(value);
}

/** The operands of a node; of those that are broadcast what they are broadcast from, where ONNX does it by itself. */
function operands(node: Node): readonly Node[] {
  const inner = (input: Node): Node => (input.op === "broadcast" ? input.inputs[0]! : input);
  if (node.op === "matmul") {
    // Axes of matrices are not broadcast, and one operand at least keeps the rank.
    const bare = node.inputs.map((input) => {
      const own = inner(input);
      return sameShape(own.shape.slice(-2), input.shape.slice(-2)) && own.shape.length >= 2 ? own : input;
    });
    const batch = broadcastShapes(
      "matmul",
      bare.map(({ shape }) => shape.slice(0, -2)),
    );
    return sameShape(batch, node.shape.slice(0, -2)) ? bare : node.inputs;
  }
  if (node.inputs.length < 2 || elementwiseRule(node) === undefined) return node.inputs;
  const bare = node.inputs.map(inner);
  const shape = broadcastShapes(
    node.op,
    bare.map((input) => input.shape),
  );
  return sameShape(shape, node.shape) ? bare : node.inputs;
}

/** A number for each channel that is added to a transposed convolution used nowhere else becomes the bias of its operator. */
function withBias(
  e: Emitter,
  node: Node,
  uses: ReadonlyMap<Node, number>,
  env: ReadonlyMap<Node, Value>,
): Value | undefined {
  if (node.op !== "add") return undefined;
  for (const [sum, other] of [node.inputs, [...node.inputs].reverse()] as [Node, Node][]) {
    if (sum.op !== "convInput" || uses.get(sum) !== 1 || other.op !== "broadcast") continue;
    const [bias] = other.inputs as [Node];
    const channels = sum.shape[1]!;
    const aligned = [...Array<number>(sum.shape.length - bias.shape.length).fill(1), ...bias.shape];
    const fits = aligned.every((extent, axis) => extent === (axis === 1 ? channels : 1));
    const value = env.get(sum);
    if (bias.op !== "constant" || !fits || value === undefined) continue;
    const at = e.nodes.findIndex(({ op, outputs }) => op === "ConvTranspose" && outputs[0] === value.name);
    const made = e.nodes[at];
    if (made === undefined || made.inputs.length !== 2) continue;
    e.nodes[at] = { ...made, inputs: [...made.inputs, e.constant(bias.attributes.data, [channels]).name] };
    return value;
  }
  return undefined;
}

function lowerNode(e: Emitter, node: Node, inputs: readonly Value[]): Value {
  const rule = elementwiseRule(node);
  if (rule !== undefined) return rule(e, inputs);
  const numbers = inputs.map((input) => e.number(input));
  const [x] = numbers as [Value];
  const rank = x.shape.length;
  switch (node.op) {
    case "sum":
      return e.sum(x, node.attributes.axes);
    case "max":
    case "min":
      return e.node(node.op === "max" ? "ReduceMax" : "ReduceMin", [x, e.integers(node.attributes.axes)], node.shape, {
        keepdims: 0,
      });
    case "matmul":
      return e.matmul(x, numbers[1]!);
    case "reshape":
      return e.reshape(inputs[0]!, node.shape);
    case "transpose":
      return e.transpose(inputs[0]!, node.attributes.permutation);
    case "slice": {
      const { starts, stops, steps } = node.attributes;
      return e.slice(inputs[0]!, starts, stops, steps);
    }
    case "reverse": {
      const { axes } = node.attributes;
      const ends = axes.map(() => Number.MIN_SAFE_INTEGER);
      const from = axes.map((axis) => x.shape[axis]! - 1);
      return e.node(
        "Slice",
        [inputs[0]!, e.integers(from), e.integers(ends), e.integers(axes), e.integers(axes.map(() => -1))],
        node.shape,
        {},
        inputs[0]!.type,
      );
    }
    case "concat":
      return e.concat(numbers, node.attributes.axis);
    case "pad":
      return lowerPad(e, x, node);
    case "roll": {
      const { axis, shift } = node.attributes;
      const cut = x.shape[axis]! - shift;
      return e.concat([e.cut(x, axis, cut, x.shape[axis]!), e.cut(x, axis, 0, cut)], axis);
    }
    case "take": {
      const { axis, indices } = node.attributes;
      return e.node("Gather", [inputs[0]!, e.integers([...indices])], node.shape, { axis }, inputs[0]!.type);
    }
    case "scatterAdd": {
      // A product with the matrix of ones that moves the axis.
      const { axis, indices, size } = node.attributes;
      const ones = new Float64Array(indices.length * size);
      indices.forEach((index, j) => {
        ones[j * size + index]! = 1;
      });
      const order = [...x.shape.keys()].filter((own) => own !== axis);
      const moved = e.transpose(x, [...order, axis]);
      const product = e.matmul(
        e.reshape(moved, [sizeOf(order.map((own) => x.shape[own]!)), indices.length]),
        e.constant(ones, [indices.length, size]),
      );
      const shaped = e.reshape(product, [...order.map((own) => x.shape[own]!), size]);
      return e.transpose(
        shaped,
        [...x.shape.keys()].map((own) => (own === axis ? rank - 1 : own < axis ? own : own - 1)),
      );
    }
    case "rfft":
    case "irfft":
      return lowerFourier(e, x, node);
    case "cholesky":
    case "triangularSolve":
      throw new CapabilityError(node.op, "ONNX has no such operator: use executor js or wasm", "capability/onnx");
    case "conv":
      return lowerConv(e, numbers, node);
    case "convInput":
      return lowerConvInput(e, numbers, node);
    case "convWeight":
      return lowerConvWeight(e, numbers, node);
    case "maxPool":
      return lowerMaxPool(e, numbers, node);
    case "maxPoolPick":
      return lowerMaxPoolPick(e, numbers, node);
    case "maxPoolScatter":
      return lowerMaxPoolScatter(e, numbers, node);
    default:
      throw new Error(`${node.op} has no rule`);
  }
}

function lowerPad(e: Emitter, x: Value, node: NodeOf<"pad">): Value {
  const { low, high, interior } = node.attributes;
  let value = x;
  interior.forEach((gap, axis) => {
    if (gap === 0 || value.shape[axis]! < 2) return;
    const step = gap + 1;
    const open = e.reshape(value, [...value.shape.slice(0, axis + 1), 1, ...value.shape.slice(axis + 1)]);
    const wide = e.pad(
      open,
      open.shape.map(() => 0),
      open.shape.map((_, own) => (own === axis + 1 ? gap : 0)),
    );
    const joined = e.reshape(
      wide,
      value.shape.map((extent, own) => (own === axis ? extent * step : extent)),
    );
    value = e.cut(joined, axis, 0, (value.shape[axis]! - 1) * step + 1);
  });
  return e.pad(value, low, high);
}

/**
 * A loop as Scan. Its traps are kept off: every body output is an Identity of its own, there is always a sequence to run
 * over, names of outer values are not taken again.
 */
function lowerScan(e: Emitter, scan: NodeOf<"scan">, inputs: readonly Value[]): Value[] {
  const { body, captures, carries, length, reverse } = scan.attributes;
  if (length === 0) {
    const empty = body.outputs.slice(carries).map(({ shape }) => e.zeros([0, ...shape]));
    return [...inputs.slice(captures, captures + carries), ...empty];
  }
  const inner = e.inner();
  const env = new Map<Node, Value>();
  const states: OnnxValue[] = [];
  const sequences: OnnxValue[] = [];
  const passed: Value[] = [];
  body.params.forEach((param, i) => {
    const outer = e.number(inputs[i]!);
    if (i < captures) {
      env.set(param, outer);
      return;
    }
    const own: OnnxValue = { name: e.fresh(), type: e.real, shape: param.shape };
    env.set(param, { ...own });
    passed.push(outer);
    (i < captures + carries ? states : sequences).push(own);
  });
  if (sequences.length === 0) {
    sequences.push({ name: e.fresh(), type: e.real, shape: [] });
    passed.push(e.zeros([length]));
  }
  const results = lowerBody(inner, body, env).map((value, i): OnnxValue => {
    const own = e.fresh();
    inner.nodes.push({ op: "Identity", inputs: [inner.number(value).name], outputs: [own], attributes: {} });
    return { name: own, type: e.real, shape: body.outputs[i]!.shape };
  });
  const names = results.map(() => e.fresh());
  const direction = (count: number): number[] => Array<number>(count).fill(reverse ? 1 : 0);
  e.nodes.push({
    op: "Scan",
    inputs: passed.map(({ name }) => name),
    outputs: names,
    attributes: {
      body: { name: "body", inputs: [...states, ...sequences], outputs: results, nodes: inner.nodes, constants: [] },
      num_scan_inputs: sequences.length,
      scan_input_directions: direction(sequences.length),
      ...(results.length > carries && { scan_output_directions: direction(results.length - carries) }),
    },
  });
  const type: OnnxType = e.real;
  return results.map(({ shape }, i) => ({ name: names[i]!, type, shape: i < carries ? shape : [length, ...shape] }));
}
