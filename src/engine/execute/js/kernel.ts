import type { Node, Primitive, RuledName } from "../../graph/node.ts";
import { primitives } from "../../graph/primitives/index.ts";
import { type Access, type AxisMap, compose, mapsKey, ownMaps, type Piece } from "./access.ts";
import { addressOf, type Buffer } from "./buffers.ts";
import type { Item, Target } from "./plan-types.ts";
import { isExpression, isInlined, isSingle, isTiny, readsOf, readWhole, type Scope, uniformValue } from "./scope.ts";
import { contiguous, literal } from "./targets.ts";
import type { Writer } from "./writer.ts";

/** Stretches of the innermost loop of up to this length are written out. */
const UNROLLED = 2;

/** Expressions nested deeper than this are computed operand by operand. */
const NESTING = 200;

/** The scalar expression of an elementwise primitive on operand expressions. */
export function scalarExpression(node: Node, operands: readonly string[], single: boolean): string {
  let text: string;
  if (node.op === "clip") {
    const { low, high } = node.attributes;
    text = `(${operands[0]} < ${literal(low)} ? ${literal(low)} : ${operands[0]} > ${literal(high)} ? ${literal(high)} : ${operands[0]})`;
  } else if (node.op === "cast") {
    const [x] = operands;
    const { dtype } = node.attributes;
    return dtype === "float32"
      ? `Math.fround(${x})`
      : dtype === "int32"
        ? `Math.trunc(${x})`
        : dtype === "bool"
          ? `(${x} !== 0 ? 1 : 0)`
          : x!;
  } else {
    const rule = primitives[node.op as RuledName] as Primitive<RuledName>;
    text = rule.elementwise!.js(...operands);
  }
  return node.dtype === "float32" && !single ? `Math.fround(${text})` : text;
}

/** An index expression: variables times factors, and a constant. */
interface Index {
  readonly terms: readonly { readonly name: string; readonly factor: number; readonly level: number }[];
  readonly constant: number;
}

/** Writes one loop nest. */
export function writeKernel(
  scope: Scope,
  loop: readonly number[],
  items: readonly Item[],
  writer: Writer,
  single: boolean,
): void {
  new KernelWriter(scope, loop, items, writer, single).write();
}

class KernelWriter {
  readonly scope: Scope;
  readonly loop: readonly number[];
  readonly items: readonly Item[];
  readonly writer: Writer;
  readonly single: boolean;
  readonly computed: ReadonlySet<Node>;
  /** Lines before, and after, the loop of each level. */
  readonly before: string[][];
  readonly after: string[][];
  readonly cache = new Map<string, string>();
  readonly indices: readonly string[];
  readonly flat: boolean;
  /** The stretch of the innermost axis being written, and its loop variable ("" when written out). */
  stretch: { from: number; to: number; index: string; at: number } = { from: 0, to: 1, index: "", at: 0 };
  lines: string[] = [];
  memo = new Map<string, string>();
  /** Calls of `compute` that are open. */
  nesting = 0;

  constructor(scope: Scope, loop: readonly number[], items: readonly Item[], writer: Writer, single: boolean) {
    this.scope = scope;
    this.items = items;
    this.writer = writer;
    this.single = single;
    this.computed = new Set(items.flatMap((item) => (item.kind === "compute" ? [item.node] : [])));
    this.flat = loop.length > 1 && this.canFlatten(loop);
    this.loop = this.flat ? [loop.reduce((a, b) => a * b, 1)] : loop;
    this.indices = this.loop.map(() => writer.names.next("i"));
    this.before = this.loop.map(() => []);
    this.after = this.loop.map(() => []);
  }

  get rank(): number {
    return this.loop.length;
  }

  write(): void {
    const { rank, writer } = this;
    if (rank === 0) {
      this.before.push([]);
      this.after.push([]);
      this.writeItems();
      writer.push(...this.before[0]!, ...this.lines);
      return;
    }
    for (const item of this.items) if (item.kind === "reduce") this.openReduction(item.node, item.target);
    const inner: string[] = [];
    for (const [from, to] of this.stretches()) {
      const index = this.indices[rank - 1]!;
      if (to - from <= UNROLLED) {
        for (let at = from; at < to; at++) inner.push("{", ...this.body({ from, to, index: "", at }), "}");
      } else {
        inner.push(
          `for (let ${index} = ${from}; ${index} < ${to}; ${index}++) {`,
          ...this.body({ from, to, index, at: from }),
          "}",
        );
      }
    }
    const nest = (level: number): string[] => {
      const content =
        level === rank - 1
          ? inner
          : [
              `for (let ${this.indices[level]} = 0; ${this.indices[level]} < ${this.loop[level]}; ${this.indices[level]}++) {`,
              ...nest(level + 1),
              "}",
            ];
      return [...this.before[level]!, ...content, ...this.after[level]!];
    };
    writer.push("{", ...nest(0), "}");
  }

  body(stretch: { from: number; to: number; index: string; at: number }): string[] {
    this.stretch = stretch;
    this.lines = [];
    this.memo = new Map();
    this.writeItems();
    return this.lines;
  }

  /** All values first, then the stores: a carry may be written where another item still reads it. */
  writeItems(): void {
    const stores: string[] = [];
    for (const item of this.items) {
      const value =
        item.kind === "copy"
          ? this.value(readWhole(item.source))
          : item.kind === "compute"
            ? this.compute(item.node, null)
            : this.value(readsOf(item.node)[0]!);
      if (item.kind === "reduce") this.accumulate(item.node, item.target, value);
      else stores.push(`F[${this.targetText(item.target)}] = ${value};`);
    }
    this.lines.push(...stores);
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

  /** The value of a read as an expression. */
  value(access: Access): string {
    const { root } = access;
    const uniform = uniformValue(root);
    if (uniform !== undefined) return literal(uniform);
    if (isExpression(this.scope, root) && this.isHere(access))
      return this.compute(root, access.pointwise ? null : access.maps);
    const scalars = this.scope.scalars.get(root);
    if (scalars !== undefined && isSingle(access) && isTiny(this.scope, root))
      return scalars[this.singleIndex(access)]!;
    return this.load(access);
  }

  singleIndex(access: Access): number {
    return access.maps.reduce((flat, map, axis) => flat * access.root.shape[axis]! + map.pieces[0]!.offset, 0);
  }

  compute(node: Node, maps: readonly AxisMap[] | null): string {
    const key = maps === null ? String(node.id) : `${node.id}@${this.stretchKey(maps)}`;
    const known = this.memo.get(key);
    if (known !== undefined) return known;
    if (maps === null && this.nesting >= NESTING) this.computeBelow(node);
    this.nesting++;
    const operands = readsOf(node).map((inner) => this.value(this.through(inner, maps, node)));
    this.nesting--;
    const name = this.writer.names.next("x");
    this.lines.push(`const ${name} = ${scalarExpression(node, operands, this.single)};`);
    this.memo.set(key, name);
    return name;
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

  load(access: Access): string {
    const buffer = this.scope.memory.get(access.root);
    if (buffer === undefined) throw new Error(`${access.root.op} has no memory`);
    const maps = this.flat && access.pointwise ? null : access.maps;
    const strides = contiguous(access.root.shape);
    const index =
      maps === null
        ? this.indexOf(buffer, 0, [{ map: ownMaps(this.loop)[0]!, stride: 1 }])
        : this.indexOf(
            buffer,
            0,
            maps.map((map, axis) => ({ map, stride: strides[axis]! })),
          );
    const text = this.indexText(index);
    const key = `F[${text}]`;
    const known = this.memo.get(key);
    if (known !== undefined) return known;
    const name = this.writer.names.next("x");
    if (index.terms.every(({ level }) => level < 0) && this.rank > 0) {
      const hoisted = this.cache.get(key);
      if (hoisted !== undefined) return hoisted;
      this.before[0]!.push(`const ${name} = ${key};`);
      this.cache.set(key, name);
      return name;
    }
    this.lines.push(`const ${name} = ${key};`);
    this.memo.set(key, name);
    return name;
  }

  targetText(target: Target): string {
    const parts = this.loop.map((extent, axis) => ({
      map: { axis, pieces: [{ from: 0, to: extent, scale: 1, offset: 0 }] },
      stride: this.flat ? (target.strides.at(-1) ?? 0) : target.strides[axis]!,
    }));
    return this.indexText(this.indexOf(target.buffer, target.offset, parts));
  }

  indexOf(buffer: Buffer, offset: number, parts: readonly { map: AxisMap; stride: number }[]): Index {
    const { variable, offset: base } = addressOf(buffer);
    let constant = base + offset;
    const terms: { name: string; factor: number; level: number }[] =
      variable === "" ? [] : [{ name: variable, factor: 1, level: -1 }];
    for (const { map, stride } of parts) {
      const [first] = map.pieces as [Piece];
      if (map.axis < 0) constant += first.offset * stride;
      else if (map.axis === this.rank - 1) {
        const piece = this.pieceOf(map);
        constant += piece.offset * stride;
        if (this.stretch.index === "") constant += piece.scale * this.stretch.at * stride;
        else if (piece.scale * stride !== 0)
          terms.push({ name: this.stretch.index, factor: piece.scale * stride, level: this.rank - 1 });
      } else if (map.pieces.length === 1) {
        constant += first.offset * stride;
        if (first.scale * stride !== 0)
          terms.push({ name: this.indices[map.axis]!, factor: first.scale * stride, level: map.axis });
      } else terms.push({ name: this.outerIndex(map), factor: stride, level: map.axis });
    }
    return { terms, constant };
  }

  /** A variable with a source index of an outer axis that is given piece by piece. */
  outerIndex(map: AxisMap): string {
    const key = mapsKey([map]);
    const known = this.cache.get(key);
    if (known !== undefined) return known;
    const own = this.indices[map.axis]!;
    const text = (piece: Piece): string =>
      piece.scale === 0
        ? String(piece.offset)
        : `${piece.scale === 1 ? own : `${piece.scale} * ${own}`} + ${piece.offset}`;
    const name = this.writer.names.next("m");
    const formula = map.pieces
      .slice(0, -1)
      .reduceRight((rest, piece) => `${own} < ${piece.to} ? ${text(piece)} : ${rest}`, text(map.pieces.at(-1)!));
    this.before[map.axis + 1]!.push(`const ${name} = ${formula};`);
    this.cache.set(key, name);
    return name;
  }

  /** The text of an index: what belongs to outer loops is a variable computed there. */
  indexText({ terms, constant }: Index): string {
    const outer = terms.filter(({ level }) => level < this.rank - 1);
    const inner = terms.filter(({ level }) => level >= this.rank - 1);
    const parts: string[] = [];
    if (outer.length === 1 && outer[0]!.factor === 1) parts.push(outer[0]!.name);
    else if (outer.length > 0) {
      const formula = outer.map(({ name, factor }) => (factor === 1 ? name : `${name} * ${factor}`)).join(" + ");
      let name = this.cache.get(formula);
      if (name === undefined) {
        name = this.writer.names.next("b");
        const level = Math.max(...outer.map((term) => term.level)) + 1;
        this.before[Math.min(level, this.rank - 1)]!.push(`const ${name} = ${formula};`);
        this.cache.set(formula, name);
      }
      parts.push(name);
    }
    for (const { name, factor } of inner) parts.push(factor === 1 ? name : `${name} * ${factor}`);
    if (constant !== 0 || parts.length === 0) parts.push(String(constant));
    return parts.join(" + ").replaceAll("+ -", "- ");
  }

  /** Level before whose loop an accumulator starts: the first of the reduced axes, when they are the last ones. */
  accumulatorLevel(target: Target): number | undefined {
    if (this.flat) return 0;
    const first = target.strides.indexOf(0);
    return first >= 0 && target.strides.slice(first).every((stride) => stride === 0) ? first : undefined;
  }

  openReduction(node: Node, target: Target): void {
    const start = node.op === "sum" ? "0" : node.op === "max" ? "-Infinity" : "Infinity";
    const level = this.accumulatorLevel(target);
    if (level === undefined) {
      const { variable, offset } = addressOf(target.buffer);
      const from = variable === "" ? String(offset) : `${variable} + ${offset}`;
      this.before[0]!.push(`F.fill(${start}, ${from}, ${from} + ${target.buffer.size});`);
      return;
    }
    const name = this.writer.names.next("a");
    this.cache.set(`reduce${node.id}`, name);
    this.before[level]!.push(`let ${name} = ${start};`);
    const parts = this.loop.map((extent, axis) => ({
      map: { axis, pieces: [{ from: 0, to: extent, scale: 1, offset: 0 }] },
      stride: this.flat || axis >= level ? 0 : target.strides[axis]!,
    }));
    const terms = parts.flatMap(({ map, stride }) => (stride === 0 ? [] : [`${this.indices[map.axis]} * ${stride}`]));
    const { variable, offset } = addressOf(target.buffer);
    this.after[level]!.push(
      `F[${[...(variable === "" ? [] : [variable]), ...terms, String(offset + target.offset)].join(" + ")}] = ${name};`,
    );
  }

  accumulate(node: Node, target: Target, value: string): void {
    const name = this.cache.get(`reduce${node.id}`) ?? `F[${this.targetText(target)}]`;
    if (node.op === "sum") this.lines.push(`${name} = ${name} + ${value};`);
    else
      this.lines.push(
        `if (${value} ${node.op === "max" ? ">" : "<"} ${name} || ${value} !== ${value}) ${name} = ${value};`,
      );
  }
}
