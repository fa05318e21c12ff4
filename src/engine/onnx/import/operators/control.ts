import { OnnxError } from "../../../errors/index.ts";
import { constant, scalar } from "../../../graph/builder.ts";
import type { Node } from "../../../graph/node.ts";
import { cast, reverse, stack, transpose } from "../../../graph/ops.ts";
import { scanNodes } from "../../../graph/scan.ts";
import type { GraphProto } from "../../proto/graph.ts";
import type { OnnxCall, Rule } from "../call.ts";
import { literal, type Value } from "../value.ts";

/** Longest loop that is written out step by step, when it can't be a scan. */
const UNROLLED = 512;

/** A branch is chosen when the network is read. */
function ifRule(call: OnnxCall): Value[] {
  const condition = call.known(0, "the condition").data[0];
  return call.run(call.graph(condition === 0 ? "else_branch" : "then_branch"), []);
}

const truth: () => Value = () => ({ node: scalar(1), type: "bool" });

/** Values as carries of a loop: of the type that a step gives them. */
function carryNode({ node }: Value): Node {
  return node.dtype === "bool" || node.dtype === "int32" ? cast(node, "float64") : node;
}

/** A loop of a known number of steps is a scan; one whose shapes or condition change is written out. */
function loop(call: OnnxCall): Value[] {
  const body = call.graph("body");
  const trips = call.has(0) ? call.number(0, "the number of steps") : undefined;
  const start = call.has(1) ? call.number(1, "the condition") : undefined;
  const initial = call.inputs.slice(2).map((_, i) => call.value(i + 2));
  if (start === 0 || trips === 0) return unroll(call, body, 0, initial);
  if (trips !== undefined && trips > 1 && trips <= 2 ** 20) {
    try {
      return loopAsScan(call, body, call.extent(trips, "a number of steps"), initial);
    } catch (error) {
      if (trips > UNROLLED && !(error instanceof OnnxError && error.code !== "onnx/unsupported")) throw error;
    }
  }
  return unroll(call, body, trips ?? Number.POSITIVE_INFINITY, initial);
}

function loopAsScan(call: OnnxCall, body: GraphProto, length: number, initial: readonly Value[]): Value[] {
  const count = constant(
    Float64Array.from({ length }, (_, i) => i),
    [length],
  );
  const types: Value["type"][] = [];
  const { carry, ys } = scanNodes(
    (state, [step]) => {
      const values = state.map((node, i): Value => ({ node, type: initial[i]!.type }));
      const [goOn, ...rest] = call.run(body, [{ node: step!, type: "int64" }, truth(), ...values]);
      if (goOn === undefined || literal(goOn.node)?.data[0] !== 1)
        throw call.unsupported("a condition that changes inside the loop");
      rest.forEach(({ type }, i) => {
        types[i] = type;
      });
      const nodes = rest.map(carryNode);
      return { carry: nodes.slice(0, initial.length), ys: nodes.slice(initial.length) };
    },
    initial.map(carryNode),
    [count],
    { length },
  );
  return [...carry, ...ys].map((node, i) => ({ node, type: types[i]! }));
}

function unroll(call: OnnxCall, body: GraphProto, trips: number, initial: readonly Value[]): Value[] {
  let state = [...initial];
  const kept: Value[][] = body.outputs.slice(1 + initial.length).map(() => []);
  let goOn = truth();
  for (let step = 0; step < trips; step++) {
    if (step === UNROLLED) throw call.unsupported(`a loop of more than ${UNROLLED} steps that is no scan`);
    const [next, ...rest] = call.run(body, [{ node: scalar(step), type: "int64" }, goOn, ...state]);
    state = rest.slice(0, initial.length);
    rest.slice(initial.length).forEach((value, i) => {
      kept[i]?.push(value);
    });
    if (next === undefined) throw call.fail("expected the body to give a condition");
    const condition = literal(next.node)?.data[0];
    if (condition === undefined) throw call.unsupported("a condition that depends on the network's inputs");
    if (condition === 0) break;
    goOn = next;
  }
  return [...state, ...kept.map((rows) => stacked(call, rows))];
}

function stacked(call: OnnxCall, rows: readonly Value[]): Value {
  const [first] = rows;
  if (first === undefined) throw call.unsupported("a loop of no steps that keeps results");
  return { node: stack(rows.map(carryNode)), type: first.type };
}

/** The first axis moved to `axis`, or back. */
function moveFirst(x: Node, axis: number, back: boolean): Node {
  if (axis === 0) return x;
  const others = x.shape.map((_, own) => own).filter((own) => own !== (back ? axis : 0));
  if (back) return transpose(x, [axis, ...others]);
  return transpose(x, [...others.slice(0, axis), 0, ...others.slice(axis)]);
}

function scanRule(call: OnnxCall): Value[] {
  const body = call.graph("body");
  const sequences = call.integer("num_scan_inputs", 0);
  const values = call.inputs.map((_, i) => call.value(i));
  const initial = values.slice(0, values.length - sequences);
  const list = (name: string, index: number): number => call.integers(name)?.[index] ?? 0;
  const xs = values.slice(initial.length).map(({ node }, i) => {
    const first = moveFirst(node, call.axis(list("scan_input_axes", i), node.shape.length), true);
    return list("scan_input_directions", i) === 1 ? reverse(first, 0) : first;
  });
  const length = xs[0]?.shape[0];
  if (length === undefined) throw call.fail("expected at least one sequence, got none");
  const types: Value["type"][] = [];
  const { carry, ys } = scanNodes(
    (state, parts) => {
      const inner = [...state, ...parts].map((node, i): Value => ({ node, type: values[i]!.type }));
      const results = call.run(body, inner);
      results.forEach(({ type }, i) => {
        types[i] = type;
      });
      const nodes = results.map(carryNode);
      return { carry: nodes.slice(0, initial.length), ys: nodes.slice(initial.length) };
    },
    initial.map(carryNode),
    xs,
    { length },
  );
  const placed = ys.map((y, i) => {
    const turned = list("scan_output_directions", i) === 1 ? reverse(y, 0) : y;
    return moveFirst(turned, call.axis(list("scan_output_axes", i), y.shape.length), false);
  });
  return [...carry, ...placed].map((node, i) => ({ node, type: types[i]! }));
}

/** Operators with graphs inside. */
export const control: Readonly<Record<string, Rule>> = { If: ifRule, Loop: loop, Scan: scanRule };
