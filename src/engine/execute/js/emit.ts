import type { Node } from "../../graph/node.ts";
import { sizeOf } from "../../tensor/index.ts";
import { buildKernel } from "../kernel/build.ts";
import type { ModuleBuilder } from "../wasm/module.ts";
import type { RoutineCollector } from "../wasm/routines.ts";
import { isTaken, type Vectors } from "../wasm/worthwhile.ts";
import { isView, squeeze } from "./access.ts";
import { addressText, type Buffer } from "./buffers.ts";
import { type Tables, writeCall } from "./calls.ts";
import { scalarExpression, writeKernel } from "./kernel.ts";
import { isMove, origin } from "./moves.ts";
import type { LoopPlan, ScopePlan, Step, Target } from "./plan-types.ts";
import { type Scope, uniformValue } from "./scope.ts";
import { literal } from "./targets.ts";
import type { Writer } from "./writer.ts";

export interface EmitOptions {
  /** Stored values are float32: no rounding in expressions is needed. */
  readonly single: boolean;
  /** Every loop nest becomes a function of its own. */
  readonly split: boolean;
  readonly tables: Tables;
  /** Takes loop nests as WebAssembly. */
  readonly module?: ModuleBuilder | undefined;
  readonly vectors: Vectors;
  /** Takes products, convolutions and pooling to WebAssembly. */
  readonly routines?: RoutineCollector | undefined;
}

/** Writes the steps of a plan. */
export function writeScope(plan: ScopePlan, writer: Writer, options: EmitOptions, outermost: boolean): void {
  for (const step of plan.steps) writeStep(plan.scope, step, writer, options, outermost);
}

function writeStep(scope: Scope, step: Step, writer: Writer, options: EmitOptions, outermost: boolean): void {
  switch (step.kind) {
    case "kernel": {
      const kernel = buildKernel(scope, step.loop, step.items);
      if (options.module !== undefined && isTaken(kernel, options.vectors)) {
        const name = writer.names.next("k");
        writer.push(`${name}(${options.module.add(name, kernel).join(", ")});`);
        return;
      }
      const write = (): void => writeKernel(kernel, writer, options.single);
      if (options.split) writer.asFunction(write);
      else write();
      return;
    }
    case "fill": {
      const from = addressText(step.buffer);
      writer.push(`F.fill(${literal(step.value)}, ${from}, ${from} + ${step.buffer.size});`);
      return;
    }
    case "call":
      writeCall(step.node, step.operands, step.result, options.tables, writer, scope.tiny, options.routines);
      return;
    case "scalars":
      writeScalars(scope, step.node, step.load, writer, options.single);
      return;
    case "store":
      writeStore(scope, step.node, step.target, writer);
      return;
    case "loop":
      if (outermost) writeOuterLoop(step.loop, writer, options);
      else writeLoop(step.loop, writer, options);
  }
}

/** The element of an operand as an expression. */
function element(scope: Scope, node: Node, flat: number): string {
  const uniform = uniformValue(node);
  if (uniform !== undefined) return literal(uniform);
  const names = scope.scalars.get(node);
  if (names !== undefined) return names[flat]!;
  // A view may have been copied for a routine, but perhaps later than here: what it shows is there already.
  const buffer = isView(node) ? undefined : scope.memory.get(node);
  if (buffer !== undefined) return `F[${addressText(buffer, flat)}]`;
  if (isView(node) || isMove(node)) {
    const source = origin(node, flat);
    return source === null ? "0" : element(scope, source.node, source.flat);
  }
  throw new Error(`${node.op} has no place`);
}

function writeScalars(scope: Scope, node: Node, load: boolean, writer: Writer, single: boolean): void {
  const names = scope.scalars.get(node)!;
  const buffer = scope.memory.get(node);
  names.forEach((name, flat) => {
    const text =
      load && buffer !== undefined ? `F[${addressText(buffer, flat)}]` : smallExpression(scope, node, flat, single);
    writer.push(`const ${name} = ${text};`);
  });
}

function smallExpression(scope: Scope, node: Node, flat: number, single: boolean): string {
  if (isMove(node)) {
    const source = origin(node, flat);
    return source === null ? "0" : element(scope, source.node, source.flat);
  }
  switch (node.op) {
    case "sum":
    case "max":
    case "min": {
      const terms = reducedTerms(node.inputs[0]!.shape, node.attributes.axes, flat).map((at) =>
        element(scope, node.inputs[0]!, at),
      );
      if (node.op === "sum")
        return terms
          .reduce((total, term) => `(${total} + ${term})`, "0")
          .replace("(0 + ", "(")
          .replace(/^0$/, "0");
      return `Math.${node.op}(${terms.join(", ")})`;
    }
    case "matmul": {
      const [a, b] = node.inputs as [Node, Node];
      const [m, n] = node.shape.slice(-2) as [number, number];
      const k = a.shape.at(-1)!;
      const batch = Math.floor(flat / (m * n));
      const [i, j] = [Math.floor((flat % (m * n)) / n), flat % n];
      const terms = Array.from(
        { length: k },
        (_, l) => `${element(scope, a, (batch * m + i) * k + l)} * ${element(scope, b, (batch * k + l) * n + j)}`,
      );
      return terms.length === 0 ? "0" : terms.join(" + ");
    }
    case "scatterAdd": {
      const { axis, indices, size } = node.attributes;
      const inner = sizeOf(node.shape.slice(axis + 1));
      const [outer, at, rest] = [Math.floor(flat / (inner * size)), Math.floor(flat / inner) % size, flat % inner];
      const terms: string[] = [];
      indices.forEach((index, j) => {
        if (index === at) terms.push(element(scope, node.inputs[0]!, (outer * indices.length + j) * inner + rest));
      });
      return terms.length === 0 ? "0" : terms.join(" + ");
    }
    default:
      return scalarExpression(
        node,
        node.inputs.map((input) => element(scope, input, flat)),
        single ? "none" : "nodes",
      );
  }
}

/** Positions of the elements that a reduction combines into element `flat` of its result. */
function reducedTerms(shape: readonly number[], axes: readonly number[], flat: number): number[] {
  const terms: number[] = [];
  const index = shape.map(() => 0);
  for (let at = 0; at < sizeOf(shape); at++) {
    let kept = 0;
    shape.forEach((extent, axis) => {
      if (!axes.includes(axis)) kept = kept * extent + index[axis]!;
    });
    if (kept === flat) terms.push(at);
    for (let axis = shape.length - 1; axis >= 0 && ++index[axis]! === shape[axis]; axis--) index[axis] = 0;
  }
  return terms;
}

function writeStore(scope: Scope, node: Node, target: Target, writer: Writer): void {
  const shape = squeeze(node.shape);
  for (let flat = 0; flat < sizeOf(node.shape); flat++) {
    let rest = flat;
    let offset = target.offset;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      offset += (rest % shape[axis]!) * target.strides[axis]!;
      rest = Math.floor(rest / shape[axis]!);
    }
    writer.push(`F[${addressText(target.buffer, offset)}] = ${element(scope, node, flat)};`);
  }
}

/** A loop over steps at the outermost level: a function that leaves the small carries' last values in memory. */
function writeOuterLoop(loop: LoopPlan, writer: Writer, options: EmitOptions): void {
  const names = loop.small.flatMap((carry) => carry.names);
  writer.asFunction(() => {
    writeLoop(loop, writer, options);
    names.forEach((name, i) => {
      writer.push(`F[${addressText(loop.exit, i)}] = ${name};`);
    });
  });
  names.forEach((name, i) => {
    writer.push(`const ${name} = F[${addressText(loop.exit, i)}];`);
  });
}

function writeLoop(loop: LoopPlan, writer: Writer, options: EmitOptions): void {
  const { length, reverse } = loop.node.attributes;
  const t = writer.names.next("t");
  for (const { names, start } of loop.small)
    names.forEach((name, i) => {
      writer.push(`let ${name} = ${start[i]};`);
    });
  for (const { kind, current, next, slots, size } of loop.large) {
    if (kind === "ping-pong")
      writer.push(`let ${current.variable} = ${addressText(slots)}, ${next.variable} = ${addressText(slots, size)};`);
  }
  writer.push(
    reverse ? `for (let ${t} = ${length - 1}; ${t} >= 0; ${t}--) {` : `for (let ${t} = 0; ${t} < ${length}; ${t}++) {`,
  );
  const at = (memory: Buffer, size: number, offset = 0): string => `${addressText(memory, offset)} + ${t} * ${size}`;
  for (const { memory, current, size } of loop.streams) writer.push(`const ${current.variable} = ${at(memory, size)};`);
  for (const { kind, current, next, slots, size } of loop.large) {
    if (kind !== "trajectory") continue;
    writer.push(
      `const ${current.variable} = ${at(slots, size, reverse ? size : 0)}, ${next.variable} = ${at(slots, size, reverse ? 0 : size)};`,
    );
  }
  writeScope(loop.body, writer, options, false);
  writeNextCarries(loop, writer);
  for (const { kind, current, next } of loop.large) {
    if (kind !== "ping-pong") continue;
    const swap = writer.names.next("w");
    writer.push(
      `const ${swap} = ${current.variable}; ${current.variable} = ${next.variable}; ${next.variable} = ${swap};`,
    );
  }
  writer.push("}");
}

/** Gives the small carries their next values, all at once. */
function writeNextCarries(loop: LoopPlan, writer: Writer): void {
  const own = new Set(loop.small.flatMap(({ names }) => names));
  const later: string[] = [];
  for (const { names, output } of loop.small) {
    names.forEach((name, i) => {
      const value = element(loop.body.scope, output, i);
      if (value === name) return;
      if (own.has(value)) {
        const copy = writer.names.next("w");
        writer.push(`const ${copy} = ${value};`);
        later.push(`${name} = ${copy};`);
      } else later.push(`${name} = ${value};`);
    });
  }
  writer.push(...later);
}
