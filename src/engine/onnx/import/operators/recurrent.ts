import * as activations from "../../../graph/activations.ts";
import { scalar } from "../../../graph/builder.ts";
import type { Node } from "../../../graph/node.ts";
import {
  add,
  clip,
  full,
  matmul,
  mul,
  pick,
  relu,
  reshape,
  sigmoid,
  softplus,
  stack,
  tanh,
  transpose,
} from "../../../graph/ops.ts";
import { scanNodes } from "../../../graph/scan.ts";
import type { OnnxCall } from "../call.ts";
import { cut } from "./slicing.ts";

export type Activation = (x: Node) => Node;

/** What a cell gets for one direction. */
export interface Direction {
  readonly hidden: number;
  /** Weights of the carried state, transposed: [hidden, gates·hidden]. */
  readonly R: Node;
  /** Biases of the input's and of the state's products, [gates·hidden], where there are any. */
  readonly Wb: Node | undefined;
  readonly Rb: Node | undefined;
  /** Peepholes, [3·hidden]. */
  readonly P: Node | undefined;
  readonly activations: readonly Activation[];
}

/** One step: from the input's product [batch, gates·hidden] and the carries to the next carries, the output first. */
export type Cell = (product: Node, carry: readonly Node[], direction: Direction) => Node[];

export interface Recurrence {
  readonly gates: number;
  readonly carries: 1 | 2;
  readonly defaults: readonly string[];
  readonly cell: Cell;
}

/** One gate's part of the last axis. */
export function gate(x: Node, index: number, hidden: number): Node {
  return cut(x, x.shape.length - 1, index * hidden, hidden);
}

/** A recurrent layer: products with the input for all times at once, then a loop over time for each direction. */
export function recurrent(call: OnnxCall, { gates, carries, defaults, cell }: Recurrence): (Node | undefined)[] {
  if (call.integer("input_forget", 0) === 1) throw call.unsupported("input_forget");
  if (call.proto.attributes.has("clip")) throw call.unsupported("clip");
  const batchFirst = call.integer("layout", 0) === 1;
  const X = batchFirst ? transpose(call.x(), [1, 0, 2]) : call.x();
  const [length, batch] = X.shape as [number, number];
  const W = call.x(1);
  const hidden = call.integer("hidden_size", call.x(2).shape.at(-1) ?? 0);
  const name = call.string("direction", "forward");
  const reversed = { forward: [false], reverse: [true], bidirectional: [false, true] }[name];
  if (reversed === undefined || W.shape[0] !== reversed.length || W.shape[1] !== gates * hidden)
    throw call.fail(`expected weights for the direction "${name}" and ${hidden} hidden units`);
  if (call.list(4, "the lengths of the sequences")?.some((own) => own !== length))
    throw call.unsupported("sequences of different lengths");
  const directions = reversed.map((backwards, d) => {
    const part = (index: number): Node | undefined => {
      const all = call.optional(index);
      return all && pick(all, 0, d);
    };
    const bias = part(3);
    const half = gates * hidden;
    const direction: Direction = {
      hidden,
      R: transpose(pick(call.x(2), 0, d)),
      Wb: bias && cut(bias, 0, 0, half),
      Rb: bias && cut(bias, 0, half, half),
      P: carries === 2 ? part(7) : undefined,
      activations: activationsOf(call, defaults, d),
    };
    const initial = Array.from({ length: carries }, (_, i) => {
      const given = call.optional(5 + i);
      return given === undefined ? full([batch, hidden], 0) : pick(given, batchFirst ? 1 : 0, d);
    });
    return run(matmul(X, transpose(pick(W, 0, d))), initial, direction, cell, backwards);
  });
  const Y = stack(
    directions.map(({ Y }) => Y),
    1,
  );
  const last = Array.from({ length: carries }, (_, i) =>
    stack(
      directions.map(({ carry }) => carry[i]!),
      batchFirst ? 1 : 0,
    ),
  );
  return [batchFirst ? transpose(Y, [2, 0, 1, 3]) : Y, ...last];
}

function run(
  products: Node,
  initial: readonly Node[],
  direction: Direction,
  cell: Cell,
  reverse: boolean,
): { Y: Node; carry: readonly Node[] } {
  const length = products.shape[0]!;
  if (length === 1) {
    const carry = cell(pick(products, 0, 0), initial, direction);
    return { Y: reshape(carry[0]!, [1, ...carry[0]!.shape]), carry };
  }
  const { carry, ys } = scanNodes(
    (state, [product]) => {
      const next = cell(product!, state, direction);
      return { carry: next, ys: [next[0]!] };
    },
    initial,
    [products],
    { length, reverse },
  );
  return { Y: ys[0]!, carry };
}

type Parametric = (x: Node, alpha: number | undefined, beta: number | undefined) => Node;
const table: Readonly<Record<string, Parametric>> = {
  relu,
  tanh,
  sigmoid,
  softplus,
  softsign: activations.softsign,
  affine: (x, alpha = 1, beta = 0) => add(mul(scalar(alpha), x), scalar(beta)),
  leakyrelu: (x, alpha = 0.01) => activations.leakyRelu(x, scalar(alpha)),
  thresholdedrelu: (x, alpha = 1) => activations.thresholdedRelu(x, alpha),
  scaledtanh: (x, alpha = 1, beta = 1) => mul(scalar(alpha), tanh(mul(scalar(beta), x))),
  hardsigmoid: (x, alpha = 0.2, beta = 0.5) => clip(add(mul(scalar(alpha), x), scalar(beta)), 0, 1),
  elu: (x, alpha = 1) => activations.elu(x, alpha),
};
const withAlpha = ["affine", "leakyrelu", "thresholdedrelu", "scaledtanh", "hardsigmoid", "elu"];
const withBeta = ["affine", "scaledtanh", "hardsigmoid"];

/** The activations of a direction; parameters stand one after the other for those that have them. */
function activationsOf(call: OnnxCall, defaults: readonly string[], direction: number): Activation[] {
  const given = call.strings("activations");
  const all = given === undefined || given.length === 0 ? [...defaults, ...defaults] : given;
  const alphas = [...(call.floats("activation_alpha") ?? [])];
  const betas = [...(call.floats("activation_beta") ?? [])];
  const made = all.map((name): Activation => {
    const key = name.toLowerCase();
    const f = Object.hasOwn(table, key) ? table[key] : undefined;
    if (f === undefined) throw call.unsupported(`the activation "${name}"`);
    const alpha = withAlpha.includes(key) ? alphas.shift() : undefined;
    const beta = withBeta.includes(key) ? betas.shift() : undefined;
    return (x) => f(x, alpha, beta);
  });
  const own = made.slice(direction * defaults.length, (direction + 1) * defaults.length);
  if (own.length !== defaults.length) throw call.fail(`expected ${defaults.length} activations for each direction`);
  return own;
}
