import type { Body, Node, NodeOf } from "../../graph/node.ts";
import { sizeOf } from "../../tensor/index.ts";
import { type Access, isView, squeeze } from "./access.ts";
import { type Buffer, type Lifetime, layOut, newBuffer, owner, part } from "./buffers.ts";
import { exchanged } from "./calls.ts";
import { movedElements } from "./moves.ts";
import type { NameSource } from "./names.ts";
import type { Item, LargeCarry, ScopePlan, SmallCarry, Step, Stream, Target } from "./plan-types.ts";
import { RULES } from "./rules.ts";
import { rootOf, type Schedule, schedule } from "./schedule.ts";
import {
  type Destination,
  innerReads,
  isInlined,
  isSingle,
  isTiny,
  loopShape,
  makeScope,
  type Place,
  readsOf,
  readWhole,
  type Scope,
  uniformValue,
} from "./scope.ts";
import { contiguous, literal, wholeTarget } from "./targets.ts";
import { readsOfStep, settle, writesOfStep } from "./usage.ts";

export interface PlanOptions {
  readonly tiny: number;
  readonly names: NameSource;
  /** Memory of constants by their data. */
  constantBuffer(node: NodeOf<"constant">): Buffer;
}

/** Plans a body: its loops, routines and inner loops in order, and the memory between them. */
export function planScope(
  body: Body,
  params: ReadonlyMap<Node, Place>,
  destinations: readonly Destination[],
  options: PlanOptions,
): ScopePlan {
  return new Planner(makeScope(body, options.tiny, params), destinations, options).plan();
}

class Planner {
  readonly scope: Scope;
  readonly destinations: readonly Destination[];
  readonly options: PlanOptions;
  readonly steps: Step[] = [];
  readonly kernels = new Map<number, Map<string, { loop: readonly number[]; items: Item[] }>>();
  readonly others = new Map<number, Node[]>();
  readonly early = new Map<number, Step[]>();
  /** Expressions whose operands are there already. */
  readonly needed = new Set<Node>();
  readonly schedule: Schedule;
  /** Memory that belongs to somebody else: of parameters and for outputs. */
  readonly external: ReadonlySet<Buffer>;

  constructor(scope: Scope, destinations: readonly Destination[], options: PlanOptions) {
    this.scope = scope;
    this.destinations = destinations;
    this.options = options;
    this.schedule = schedule(scope);
    const outputs = destinations.flatMap(({ buffer }) => (buffer === undefined ? [] : [owner(buffer)]));
    this.external = new Set([...outputs, ...[...scope.memory.values()].map(owner)]);
  }

  plan(): ScopePlan {
    const { scope } = this;
    const destinationOf = new Map<Node, Buffer>();
    scope.body.outputs.forEach((output, i) => {
      const { buffer } = this.destinations[i]!;
      if (buffer !== undefined && this.isComputed(output) && !destinationOf.has(output))
        destinationOf.set(output, buffer);
    });
    for (const node of scope.nodes) {
      if (!isTiny(scope, node) && !isView(node)) this.planNode(node, destinationOf.get(node));
    }
    const late: (() => void)[] = [];
    scope.body.outputs.forEach((output, i) => {
      const { buffer } = this.destinations[i]!;
      if (buffer === undefined) late.push(() => this.need(output));
      else if (destinationOf.get(output) !== buffer) {
        const target = wholeTarget(buffer, output.shape);
        if (isTiny(scope, output)) late.push(() => this.store(output, target));
        else this.copy(output, target);
      }
    });
    this.order();
    for (const finish of late) finish();
    return this.finish();
  }

  /** Whether a value is written to a buffer of its own by this body. */
  isComputed(node: Node): boolean {
    const rule = RULES[node.op];
    return (
      !isTiny(this.scope, node) &&
      !this.scope.params.has(node) &&
      (rule === "elementwise" || rule === "region" || rule === "call" || rule === "reduction")
    );
  }

  item(stage: number, loop: readonly number[], entry: Item): void {
    const stages = this.kernels.get(stage) ?? new Map<string, { loop: readonly number[]; items: Item[] }>();
    this.kernels.set(stage, stages);
    const key = loop.join();
    const kernel = stages.get(key) ?? { loop, items: [] };
    stages.set(key, kernel);
    kernel.items.push(entry);
  }

  copy(source: Node, target: Target): void {
    this.item(this.schedule.ready(readWhole(source)), squeeze(source.shape), { kind: "copy", source, target });
  }

  store(node: Node, target: Target): void {
    this.need(node);
    this.steps.push({ kind: "store", node, target });
  }

  planNode(node: Node, destination: Buffer | undefined): void {
    const { scope } = this;
    const stage = this.schedule.time.get(node);
    if (stage === undefined) return;
    const memory = (): Buffer => {
      const buffer = destination ?? newBuffer(sizeOf(node.shape));
      scope.memory.set(node, buffer);
      return buffer;
    };
    switch (RULES[node.op]) {
      case "elementwise":
        if (scope.stored.has(node) || scope.kept.has(node))
          this.item(stage, loopShape(node), { kind: "compute", node, target: wholeTarget(memory(), node.shape) });
        break;
      case "reduction":
        this.item(stage, loopShape(node), { kind: "reduce", node, target: reductionTarget(node, memory()) });
        break;
      case "region":
        this.planRegion(node, memory());
        break;
      default:
        node.inputs.forEach((input, i) => {
          if (!isView(input) || isTiny(scope, input) || scope.memory.has(input) || isStart(node, i)) return;
          if (readInPlace(scope, node, input)) return;
          const buffer = newBuffer(sizeOf(input.shape));
          scope.memory.set(input, buffer);
          this.copy(input, wholeTarget(buffer, input.shape));
        });
        if (RULES[node.op] === "call") memory();
        this.others.set(stage, [...(this.others.get(stage) ?? []), node]);
    }
  }

  /** Concatenations and paddings: each operand is written to its part. */
  planRegion(node: Node, buffer: Buffer): void {
    const { scope, schedule } = this;
    const strides = contiguous(node.shape);
    const write = (source: Node, offset: number, own: readonly number[]): void => {
      const target = {
        buffer,
        offset,
        strides: source.shape.flatMap((extent, axis) => (extent === 1 ? [] : [own[axis]!])),
      };
      if (isTiny(scope, source))
        this.addEarly(schedule.ready(readWhole(source)), { kind: "store", node: source, target });
      else this.copy(source, target);
    };
    if (node.op === "concat") {
      const { axis } = node.attributes;
      let offset = 0;
      for (const input of node.inputs) {
        write(input, offset, strides);
        offset += input.shape[axis]! * strides[axis]!;
      }
    } else if (node.op === "pad") {
      const { low, interior } = node.attributes;
      const source = node.inputs[0]!;
      this.addEarly(schedule.ready(readWhole(source)), { kind: "fill", buffer, value: 0 });
      const offset = low.reduce((total, width, axis) => total + width * strides[axis]!, 0);
      write(
        source,
        offset,
        strides.map((stride, axis) => stride * (interior[axis]! + 1)),
      );
    }
  }

  /** Steps that run before the loops of a stage. */
  addEarly(stage: number, step: Step): void {
    this.early.set(stage, [...(this.early.get(stage) ?? []), step]);
  }

  /** Puts everything in order, stage by stage, small values just before their first reader. */
  order(): void {
    const last = Math.max(-1, ...this.kernels.keys(), ...this.others.keys(), ...this.early.keys());
    for (let stage = 0; stage <= last; stage++) {
      for (const step of this.early.get(stage) ?? []) {
        if (step.kind === "store") this.store(step.node, step.target);
        else this.steps.push(step);
      }
      for (const { loop, items } of this.kernels.get(stage)?.values() ?? []) {
        for (const entry of items) this.needsOf(entry);
        this.steps.push({ kind: "kernel", loop, items });
      }
      for (const node of this.others.get(stage) ?? []) this.planOther(node);
    }
  }

  needsOf(entry: Item): void {
    for (const read of entry.kind === "copy" ? [readWhole(entry.source)] : readsOf(entry.node))
      this.needAccess(read, isSingle(read));
  }

  /** Makes sure that what a loop reads is there: variables for single elements, memory for what is read by index. */
  needAccess(first: Access, singleFirst: boolean): void {
    const { scope, needed } = this;
    const stack = [{ access: first, single: singleFirst }];
    while (stack.length > 0) {
      const { access, single } = stack.pop()!;
      const { root } = access;
      if (isInlined(scope, access)) {
        if (access.pointwise && !single) {
          if (needed.has(root)) continue;
          needed.add(root);
        }
        for (const inner of innerReads(access).reverse())
          stack.push({ access: inner, single: single || isSingle(inner) });
      } else if (uniformValue(root) !== undefined) continue;
      else if (isTiny(scope, root) && single) this.need(root);
      else if (isTiny(scope, root) || root.op === "constant") this.memoryOf(root);
    }
  }

  /** The memory of a value that a loop or routine reads by index. */
  memoryOf(node: Node): Buffer {
    const { scope } = this;
    const known = scope.memory.get(node);
    if (known !== undefined) return known;
    if (node.op === "constant") {
      const buffer = this.options.constantBuffer(node);
      scope.memory.set(node, buffer);
      return buffer;
    }
    const buffer = newBuffer(sizeOf(node.shape));
    if (uniformValue(node) !== undefined) this.steps.push({ kind: "fill", buffer, value: uniformValue(node)! });
    else if (isTiny(scope, node)) this.store(node, wholeTarget(buffer, node.shape));
    else throw new Error(`${node.op} has no memory`);
    scope.memory.set(node, buffer);
    return buffer;
  }

  /** Gives the elements of a small value names, after those of the small values it is made of. */
  need(node: Node): void {
    const { scalars } = this.scope;
    const stack = [node];
    while (stack.length > 0) {
      const top = stack.at(-1)!;
      const open = scalars.has(top) ? [] : this.smallOperands(top).filter((operand) => !scalars.has(operand));
      if (open.length > 0) stack.push(...open.reverse());
      else {
        stack.pop();
        this.needAlone(top);
      }
    }
  }

  /** The small values whose elements the elements of a small value are computed from. */
  smallOperands(node: Node): Node[] {
    const { scope } = this;
    if (uniformValue(node) !== undefined || node.op === "constant" || scope.memory.has(node)) return [];
    return node.inputs.flatMap((input) => {
      if (isTiny(scope, input)) return [input];
      const root = rootOf(input);
      return isTiny(scope, root) ? [root] : [];
    });
  }

  needAlone(node: Node): void {
    const { scope } = this;
    if (scope.scalars.has(node)) return;
    const uniform = uniformValue(node);
    if (uniform !== undefined) {
      scope.scalars.set(node, Array<string>(sizeOf(node.shape)).fill(literal(uniform)));
      return;
    }
    if (node.op === "constant") {
      scope.scalars.set(node, Array.from(node.attributes.data, literal));
      return;
    }
    const computed = !scope.memory.has(node);
    if (computed) {
      for (const input of node.inputs) {
        const root = rootOf(input);
        if (!isTiny(scope, input) && !isTiny(scope, root)) this.memoryOf(root);
      }
      const moved = movedElements(scope, node);
      if (moved !== undefined) {
        scope.scalars.set(node, moved);
        return;
      }
    }
    scope.scalars.set(
      node,
      Array.from({ length: sizeOf(node.shape) }, () => this.options.names.next("v")),
    );
    this.steps.push({ kind: "scalars", node, load: !computed });
  }

  planOther(node: Node): void {
    const { scope } = this;
    if (node.op === "reshape") scope.memory.set(node, this.memoryOf(node.inputs[0]!));
    else if (node.op === "scan") this.planLoop(node);
    else {
      const operands = node.inputs.map((input) =>
        this.memoryOf(readInPlace(scope, node, input) ? exchanged(input)! : input),
      );
      this.steps.push({ kind: "call", node, result: scope.memory.get(node)!, operands });
    }
  }

  placeOf(node: Node): Place {
    const { scope } = this;
    if (!isTiny(scope, node)) return { buffer: this.memoryOf(node) };
    this.need(node);
    const buffer = scope.memory.get(node);
    return { scalars: scope.scalars.get(node)!, ...(buffer === undefined ? {} : { buffer }) };
  }

  planLoop(node: NodeOf<"scan">): void {
    const { scope, options } = this;
    const { names } = options;
    const { body, captures, carries, length, reverse } = node.attributes;
    const params = new Map<Node, Place>();
    body.params.slice(0, captures).forEach((param, i) => {
      params.set(param, this.placeOf(node.inputs[i]!));
    });
    const streams: Stream[] = [];
    const stream = (memory: Buffer, size: number): Buffer => {
      const current: Buffer = { size, variable: names.next("p") };
      streams.push({ memory, current, size });
      return current;
    };
    body.params.slice(captures + carries).forEach((param, i) => {
      params.set(param, { buffer: stream(this.memoryOf(node.inputs[captures + carries + i]!), sizeOf(param.shape)) });
    });
    const small: SmallCarry[] = [];
    const large: LargeCarry[] = [];
    const destinations: Destination[] = [];
    const results: Place[] = [];
    const stacked = body.outputs.slice(carries);
    const alias = new Map<number, Buffer>();
    for (let i = 0; i < carries; i++) {
      const param = body.params[captures + i]!;
      const init = node.inputs[captures + i]!;
      const output = body.outputs[i]!;
      const size = sizeOf(param.shape);
      if (size <= scope.tiny) {
        this.need(init);
        const values = Array.from({ length: size }, () => names.next("c"));
        small.push({ index: i, output, start: scope.scalars.get(init)!, names: values });
        params.set(param, { scalars: values });
        destinations.push({});
        results.push({ scalars: values });
        continue;
      }
      const before = stacked.indexOf(param);
      const after = output === param ? -1 : stacked.indexOf(output);
      const trajectory = before >= 0 || after >= 0;
      const slots = newBuffer(trajectory ? size * (length + 1) : 2 * size);
      const carry: LargeCarry = {
        index: i,
        size,
        slots,
        kind: trajectory ? "trajectory" : "ping-pong",
        current: { size, variable: names.next("p") },
        next: { size, variable: names.next("p") },
      };
      params.set(param, { buffer: carry.current });
      destinations.push({ buffer: carry.next });
      large.push(carry);
      if (before >= 0) alias.set(carries + before, part(slots, reverse ? size : 0, size * length));
      if (after >= 0) alias.set(carries + after, part(slots, reverse ? 0 : size, size * length));
      const start = part(slots, reverse && trajectory ? size * length : 0, size);
      const first: Item = { kind: "copy", source: init, target: wholeTarget(start, init.shape) };
      this.needsOf(first);
      this.steps.push({ kind: "kernel", loop: squeeze(init.shape), items: [first] });
      results.push({});
    }
    stacked.forEach((y, i) => {
      const known = alias.get(carries + i);
      const memory = known ?? newBuffer(sizeOf(y.shape) * length);
      results.push({ buffer: memory });
      destinations.push(known === undefined ? { buffer: stream(memory, sizeOf(y.shape)) } : {});
    });
    const own = body.outputs.flatMap((_, i) => (alias.has(i) ? [] : [i]));
    const inner = planScope(
      { params: body.params, outputs: own.map((i) => body.outputs[i]!) },
      params,
      own.map((i) => destinations[i]!),
      options,
    );
    const settled = large.map((carry) =>
      settle(carry, body.params[captures + carry.index]!, body.outputs[carry.index]!, inner),
    );
    for (const { index, kind, size, slots } of settled) {
      const final =
        kind === "trajectory" ? (reverse ? 0 : size * length) : kind === "in-place" ? 0 : (length % 2) * size;
      results[index] = { buffer: part(slots, final, size) };
    }
    const exit = newBuffer(small.reduce((total, { names: own }) => total + own.length, 0));
    this.steps.push({ kind: "loop", loop: { node, body: inner, small, large: settled, streams, exit } });
    for (const user of scope.nodes) {
      if (user.op !== "get" || user.inputs[0] !== node) continue;
      const { scalars, buffer } = results[user.attributes.index]!;
      if (scalars !== undefined) scope.scalars.set(user, scalars);
      if (buffer !== undefined) scope.memory.set(user, buffer);
    }
  }

  /** Places the buffers that live inside this body alone. */
  finish(): ScopePlan {
    const { scope } = this;
    const first = new Map<Buffer, number>();
    const end = new Map<Buffer, number>();
    const touch = (buffer: Buffer, step: number): void => {
      const base = owner(buffer);
      if (base.variable !== undefined || base.address !== undefined || this.external.has(base)) return;
      first.set(base, Math.min(first.get(base) ?? step, step));
      end.set(base, Math.max(end.get(base) ?? step, step));
    };
    this.steps.forEach((step, i) => {
      for (const { buffer } of readsOfStep(scope, step)) touch(buffer, i);
      for (const buffer of writesOfStep(step)) touch(buffer, i);
    });
    const lifetimes: Lifetime[] = [...first].map(([buffer, start]) => ({ buffer, start, end: end.get(buffer)! }));
    const placed = layOut(lifetimes);
    const frame = newBuffer(placed.size);
    placed.offsets.forEach((offset, buffer) => {
      buffer.inside = { buffer: frame, offset };
    });
    return { scope, steps: this.steps, frame };
  }
}

/** Whether an operand is only the start of a carry: it is copied into the carry's slot by a loop of its own. */
function isStart(node: Node, index: number): boolean {
  return (
    node.op === "scan" &&
    index >= node.attributes.captures &&
    index < node.attributes.captures + node.attributes.carries
  );
}

/** Whether a product reads an operand with its last axes exchanged from where it is. */
function readInPlace(scope: Scope, node: Node, input: Node): boolean {
  const inner = node.op === "matmul" ? exchanged(input) : undefined;
  return inner !== undefined && !isView(inner) && !isTiny(scope, input);
}

function reductionTarget(node: Node, buffer: Buffer): Target {
  if (node.op !== "sum" && node.op !== "max" && node.op !== "min") throw new Error("a reduction was expected");
  const { axes } = node.attributes;
  const shape = node.inputs[0]!.shape;
  const kept = contiguous(shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent)));
  return {
    buffer,
    offset: 0,
    strides: shape.flatMap((extent, axis) => (extent === 1 ? [] : [axes.includes(axis) ? 0 : kept[axis]!])),
  };
}
