import type { Node } from "../../graph/node.ts";
import { type Access, type AxisMap, compose, mapsKey, ownMaps, type Piece } from "../js/access.ts";
import { addressOf, type Buffer } from "../js/buffers.ts";
import type { Item, Target } from "../js/plan-types.ts";
import {
  isExpression,
  isInlined,
  isSingle,
  isTiny,
  readsOf,
  readWhole,
  type Scope,
  uniformValue,
} from "../js/scope.ts";
import { contiguous } from "../js/targets.ts";
import {
  type Address,
  addressKey,
  type Kernel,
  type LoadValue,
  type Reduction,
  type Segment,
  type Statement,
  type Term,
  type Value,
} from "./ir.ts";

/** Stretches of the innermost loop of up to this length are written out. */
const UNROLLED = 2;

/** Expressions nested deeper than this are computed operand by operand. */
const NESTING = 200;

/** Makes the kernel of one loop nest of a plan. */
export function buildKernel(scope: Scope, loop: readonly number[], items: readonly Item[]): Kernel {
  return new KernelBuilder(scope, loop, items).build();
}

class KernelBuilder {
  readonly scope: Scope;
  readonly loop: readonly number[];
  readonly items: readonly Item[];
  readonly computed: ReadonlySet<Node>;
  readonly flat: boolean;
  readonly reductions = new Map<Node, Reduction>();
  readonly invariants = new Map<string, LoadValue>();
  /** The stretch of the innermost axis being made; at one position of it when it is written out. */
  stretch: { from: number; looped: boolean; at: number } = { from: 0, looped: false, at: 0 };
  statements: Statement[] = [];
  memo = new Map<string, Value>();
  /** Calls of `compute` that are open. */
  nesting = 0;

  constructor(scope: Scope, loop: readonly number[], items: readonly Item[]) {
    this.scope = scope;
    this.items = items;
    this.computed = new Set(items.flatMap((item) => (item.kind === "compute" ? [item.node] : [])));
    this.flat = loop.length > 1 && this.canFlatten(loop);
    this.loop = this.flat ? [loop.reduce((a, b) => a * b, 1)] : loop;
  }

  get rank(): number {
    return this.loop.length;
  }

  build(): Kernel {
    for (const item of this.items)
      if (item.kind === "reduce" && this.rank > 0)
        this.reductions.set(item.node, this.reduction(item.node, item.target));
    const segments: Segment[] = [];
    for (const [from, to] of this.stretches()) {
      if (to - from <= UNROLLED)
        for (let at = from; at < to; at++) segments.push(this.segment(at, at + 1, { from, looped: false, at }));
      else segments.push(this.segment(from, to, { from, looped: true, at: from }));
    }
    return {
      loop: this.loop,
      segments,
      reductions: [...this.reductions.values()],
      invariants: [...this.invariants.values()],
    };
  }

  segment(from: number, to: number, stretch: { from: number; looped: boolean; at: number }): Segment {
    this.stretch = stretch;
    this.statements = [];
    this.memo = new Map();
    this.visitItems();
    return { from, to, looped: stretch.looped, statements: this.statements };
  }

  /** All values first, then the stores: a carry may be written where another item still reads it. */
  visitItems(): void {
    const stores: Statement[] = [];
    for (const item of this.items) {
      const value =
        item.kind === "copy"
          ? this.value(readWhole(item.source))
          : item.kind === "compute"
            ? this.compute(item.node, null)
            : this.value(readsOf(item.node)[0]!);
      const address = this.targetAddress(item.target);
      const reduction = item.kind === "reduce" ? this.reductions.get(item.node) : undefined;
      if (reduction !== undefined) this.statements.push({ kind: "accumulate", reduction, address, value });
      else stores.push({ kind: "store", address, value });
    }
    this.statements.push(...stores);
  }

  /** Visits everything that is read, with its maps on this loop. */
  visitReads(visit: (access: Access) => void): void {
    const seen = new Set<Node>();
    const follow = (first: Access): void => {
      const stack = [first];
      while (stack.length > 0) {
        const access = stack.pop()!;
        if (!isExpression(this.scope, access.root) || !this.isHere(access)) visit(access);
        else if (!access.pointwise || !seen.has(access.root)) {
          if (access.pointwise) seen.add(access.root);
          for (const inner of readsOf(access.root))
            stack.push(this.through(inner, access.pointwise ? null : access.maps, access.root));
        }
      }
    };
    for (const item of this.items)
      for (const read of item.kind === "copy" ? [readWhole(item.source)] : readsOf(item.node)) follow(read);
  }

  /** Whether an expression is computed inside this loop where it is read. */
  isHere(access: Access): boolean {
    return isInlined(this.scope, access) || (access.pointwise && this.computed.has(access.root));
  }

  /** A read of an expression that is itself read through maps. */
  through(inner: Access, maps: readonly AxisMap[] | null, of: Node): Access {
    if (maps === null) return inner;
    const outer = maps.filter((_, axis) => of.shape[axis] !== 1);
    return { root: inner.root, maps: compose(inner.maps, outer), pointwise: false };
  }

  canFlatten(loop: readonly number[]): boolean {
    let flat = true;
    this.visitReads((access) => {
      if (!access.pointwise && !isSingle(access) && uniformValue(access.root) === undefined) flat = false;
    });
    const order = contiguous(loop).join();
    return (
      flat &&
      this.items.every(({ kind, ...item }) => {
        const { strides } = (item as { target: Target }).target;
        return kind === "reduce" ? strides.every((stride) => stride === 0) : strides.join() === order;
      })
    );
  }

  /** The innermost axis cut where any read changes its formula. */
  stretches(): [number, number][] {
    const axis = this.rank - 1;
    if (axis < 0) return [[0, 1]];
    const cuts = new Set<number>([0, this.loop[axis]!]);
    if (!this.flat) {
      this.visitReads((access) => {
        if (uniformValue(access.root) !== undefined) return;
        for (const map of access.maps) if (map.axis === axis) for (const piece of map.pieces) cuts.add(piece.from);
      });
    }
    const sorted = [...cuts].sort((a, b) => a - b);
    return sorted.slice(1).map((to, i) => [sorted[i]!, to]);
  }

  value(access: Access): Value {
    const { root } = access;
    const uniform = uniformValue(root);
    if (uniform !== undefined) return { kind: "uniform", value: uniform };
    if (isExpression(this.scope, root) && this.isHere(access))
      return this.compute(root, access.pointwise ? null : access.maps);
    const scalars = this.scope.scalars.get(root);
    if (scalars !== undefined && isSingle(access) && isTiny(this.scope, root))
      return asValue(scalars[singleIndex(access)]!);
    return this.load(access);
  }

  compute(node: Node, maps: readonly AxisMap[] | null): Value {
    const key = maps === null ? String(node.id) : `${node.id}@${this.stretchKey(maps)}`;
    const known = this.memo.get(key);
    if (known !== undefined) return known;
    if (maps === null && this.nesting >= NESTING) this.computeBelow(node);
    this.nesting++;
    const operands = readsOf(node).map((inner) => this.value(this.through(inner, maps, node)));
    this.nesting--;
    const value: Value = { kind: "compute", node, operands };
    this.statements.push({ kind: "define", value });
    this.memo.set(key, value);
    return value;
  }

  /** Computes what a long expression is made of, operands first, without nested calls. */
  computeBelow(node: Node): void {
    const stack = [node];
    while (stack.length > 0) {
      const top = stack.at(-1)!;
      const open = readsOf(top)
        .filter(({ root, pointwise }) => pointwise && isExpression(this.scope, root) && !this.memo.has(String(root.id)))
        .filter((access) => this.isHere(access));
      if (open.length > 0) for (const { root } of open.reverse()) stack.push(root);
      else {
        stack.pop();
        if (top !== node) this.compute(top, null);
      }
    }
  }

  /** Maps as they are on the present stretch. */
  stretchKey(maps: readonly AxisMap[]): string {
    return mapsKey(
      maps.map((map) =>
        map.axis === this.rank - 1 ? { axis: map.axis, pieces: [{ ...this.pieceOf(map), from: 0 }] } : map,
      ),
    );
  }

  pieceOf(map: AxisMap): Piece {
    return map.pieces.find(({ from, to }) => this.stretch.from >= from && this.stretch.from < to) ?? map.pieces[0]!;
  }

  load(access: Access): Value {
    const buffer = this.scope.memory.get(access.root);
    if (buffer === undefined) throw new Error(`${access.root.op} has no memory`);
    const strides = contiguous(access.root.shape);
    const address =
      this.flat && access.pointwise
        ? this.address(buffer, 0, [{ map: ownMaps(this.loop)[0]!, stride: 1 }])
        : this.address(
            buffer,
            0,
            access.maps.map((map, axis) => ({ map, stride: strides[axis]! })),
          );
    const key = `F${addressKey(address)}`;
    const invariant = this.invariants.get(key);
    if (invariant !== undefined) return invariant;
    const known = this.memo.get(key);
    if (known !== undefined) return known;
    const value: LoadValue = { kind: "load", address };
    if (this.rank > 0 && address.terms.every(({ level }) => level < 0)) {
      this.invariants.set(key, value);
      return value;
    }
    this.statements.push({ kind: "define", value });
    this.memo.set(key, value);
    return value;
  }

  targetAddress(target: Target): Address {
    return this.address(
      target.buffer,
      target.offset,
      this.axes((axis) => (this.flat ? (target.strides.at(-1) ?? 0) : target.strides[axis]!)),
    );
  }

  axes(stride: (axis: number) => number): { map: AxisMap; stride: number }[] {
    return this.loop.map((extent, axis) => ({
      map: { axis, pieces: [{ from: 0, to: extent, scale: 1, offset: 0 }] },
      stride: stride(axis),
    }));
  }

  address(buffer: Buffer, offset: number, parts: readonly { map: AxisMap; stride: number }[]): Address {
    const { variable, offset: base } = addressOf(buffer);
    let constant = base + offset;
    const terms: Term[] = variable === "" ? [] : [{ kind: "variable", name: variable, factor: 1, level: -1 }];
    const index = (level: number, factor: number): void => {
      if (factor !== 0) terms.push({ kind: "index", factor, level });
    };
    for (const { map, stride } of parts) {
      const [first] = map.pieces as [Piece];
      if (map.axis < 0) constant += first.offset * stride;
      else if (map.axis === this.rank - 1) {
        const piece = this.pieceOf(map);
        constant += piece.offset * stride;
        if (this.stretch.looped) index(map.axis, piece.scale * stride);
        else constant += piece.scale * this.stretch.at * stride;
      } else if (map.pieces.length === 1) {
        constant += first.offset * stride;
        index(map.axis, first.scale * stride);
      } else
        terms.push({ kind: "piecewise", key: mapsKey([map]), pieces: map.pieces, factor: stride, level: map.axis });
    }
    return { terms, constant };
  }

  /** A reduction: in an accumulator when the reduced axes are the last ones, else in the arena. */
  reduction(node: Node, target: Target): Reduction {
    if (node.op !== "sum" && node.op !== "max" && node.op !== "min") throw new Error(`${node.op} is no reduction`);
    const first = target.strides.indexOf(0);
    const last = first >= 0 && target.strides.slice(first).every((stride) => stride === 0) ? first : undefined;
    const level = this.flat ? 0 : last;
    this.stretch = { from: 0, looped: true, at: 0 };
    return {
      op: node.op,
      level,
      result: this.address(
        target.buffer,
        target.offset,
        this.axes((axis) => (this.flat || level === undefined || axis >= level ? 0 : target.strides[axis]!)),
      ),
      fill: { address: this.address(target.buffer, 0, []), size: target.buffer.size },
    };
  }
}

function singleIndex(access: Access): number {
  return access.maps.reduce((flat, map, axis) => flat * access.root.shape[axis]! + map.pieces[0]!.offset, 0);
}

/** A small value's element is a variable or a literal. */
function asValue(text: string): Value {
  const value = text === "NaN" ? Number.NaN : Number(text.replace(/^\((.*)\)$/, "$1"));
  return text === "NaN" || !Number.isNaN(value) ? { kind: "uniform", value } : { kind: "scalar", name: text };
}
