import type { Node, Primitive, RuledName } from "../../graph/node.ts";
import { primitives } from "../../graph/primitives/index.ts";
import type { Address, Kernel, LoadValue, Reduction, Segment, Statement, Term, Value } from "../kernel/ir.ts";
import type { Piece } from "./access.ts";
import { literal } from "./targets.ts";
import type { Writer } from "./writer.ts";

/** Operations whose results are floats when their operands are. */
const EXACT: ReadonlySet<string> = new Set([
  ...[
    "less",
    "lessEqual",
    "equal",
    "notEqual",
    "neg",
    "abs",
    "maximum",
    "minimum",
    "where",
    "relu",
    "floor",
    "sign",
    "round",
  ],
]);

/** Which results are rounded to float32: those of such nodes, those of all, or none. */
export type Rounding = "nodes" | "all" | "none";

/** The scalar expression of an elementwise primitive on operand expressions. */
export function scalarExpression(node: Node, operands: readonly string[], rounding: Rounding): string {
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
  const rounds = rounding === "all" ? !EXACT.has(node.op) : rounding === "nodes" && node.dtype === "float32";
  return rounds ? `Math.fround(${text})` : text;
}

/** Writes a kernel as loops of JavaScript; with `single` each result is rounded to float32, as vectors of floats have it. */
export function writeKernel(kernel: Kernel, writer: Writer, single: boolean): void {
  new KernelWriter(kernel, writer, single).write();
}

class KernelWriter {
  readonly kernel: Kernel;
  readonly writer: Writer;
  readonly single: boolean;
  /** Lines before, and after, the loop of each level. */
  readonly before: string[][];
  readonly after: string[][];
  readonly indices: readonly string[];
  /** Variables by what they hold: bases and pieces of positions, and values. */
  readonly cache = new Map<string, string>();
  readonly names = new Map<Value, string>();
  readonly accumulators = new Map<Reduction, string>();

  constructor(kernel: Kernel, writer: Writer, single: boolean) {
    this.kernel = kernel;
    this.writer = writer;
    this.single = single;
    this.indices = kernel.loop.map(() => writer.names.next("i"));
    this.before = kernel.loop.map(() => []);
    this.after = kernel.loop.map(() => []);
  }

  get rank(): number {
    return this.kernel.loop.length;
  }

  write(): void {
    const { rank, writer, kernel } = this;
    if (rank === 0) {
      this.before.push([]);
      const lines = kernel.segments.flatMap(({ statements }) => this.body(statements));
      writer.push(...this.before[0]!, ...lines);
      return;
    }
    for (const reduction of kernel.reductions) this.openReduction(reduction);
    for (const value of kernel.invariants) this.before[0]!.push(this.definition(value));
    const inner = kernel.segments.flatMap((segment) => this.segment(segment));
    const nest = (level: number): string[] => {
      const index = this.indices[level];
      const content =
        level === rank - 1
          ? inner
          : [`for (let ${index} = 0; ${index} < ${kernel.loop[level]}; ${index}++) {`, ...nest(level + 1), "}"];
      return [...this.before[level]!, ...content, ...this.after[level]!];
    };
    writer.push("{", ...nest(0), "}");
  }

  segment({ from, to, looped, statements }: Segment): string[] {
    const index = this.indices[this.rank - 1]!;
    const body = this.body(statements);
    if (!looped) return ["{", ...body, "}"];
    return [`for (let ${index} = ${from}; ${index} < ${to}; ${index}++) {`, ...body, "}"];
  }

  body(statements: readonly Statement[]): string[] {
    return statements.map((statement) => {
      switch (statement.kind) {
        case "define":
          return this.definition(statement.value);
        case "store":
          return `F[${this.position(statement.address)}] = ${this.text(statement.value)};`;
        default:
          return this.accumulation(statement.reduction, statement.address, this.text(statement.value));
      }
    });
  }

  definition(value: LoadValue | Extract<Value, { kind: "compute" }>): string {
    const name = this.writer.names.next("x");
    const text =
      value.kind === "load"
        ? `F[${this.position(value.address)}]`
        : scalarExpression(
            value.node,
            value.operands.map((operand) => this.text(operand)),
            this.single ? "all" : "nodes",
          );
    this.names.set(value, name);
    return `const ${name} = ${text};`;
  }

  text(value: Value): string {
    const { single } = this;
    if (value.kind === "uniform") return literal(single ? Math.fround(value.value) : value.value);
    if (value.kind === "scalar") return single ? `Math.fround(${value.name})` : value.name;
    return this.names.get(value)!;
  }

  /** A term's name, without its factor. */
  termName(term: Term): string {
    if (term.kind === "variable") return term.name;
    return term.kind === "index" ? this.indices[term.level]! : this.pieces(term);
  }

  /** A variable with a source index of an outer axis that is given piece by piece. */
  pieces({ key, pieces, level }: Extract<Term, { kind: "piecewise" }>): string {
    const known = this.cache.get(key);
    if (known !== undefined) return known;
    const own = this.indices[level]!;
    const text = (piece: Piece): string =>
      piece.scale === 0
        ? String(piece.offset)
        : `${piece.scale === 1 ? own : `${piece.scale} * ${own}`} + ${piece.offset}`;
    const name = this.writer.names.next("m");
    const formula = pieces
      .slice(0, -1)
      .reduceRight((rest, piece) => `${own} < ${piece.to} ? ${text(piece)} : ${rest}`, text(pieces.at(-1)!));
    this.before[level + 1]!.push(`const ${name} = ${formula};`);
    this.cache.set(key, name);
    return name;
  }

  /** The text of a position: what belongs to outer loops is a variable computed there. */
  position({ terms, constant }: Address): string {
    const inner = terms.filter(({ level }) => level >= this.rank - 1);
    const outer = terms.filter(({ level }) => level < this.rank - 1);
    const product = (term: Term): string =>
      term.factor === 1 ? this.termName(term) : `${this.termName(term)} * ${term.factor}`;
    const parts: string[] = [];
    if (outer.length === 1 && outer[0]!.factor === 1) parts.push(this.termName(outer[0]!));
    else if (outer.length > 0) {
      const formula = outer.map(product).join(" + ");
      let name = this.cache.get(formula);
      if (name === undefined) {
        name = this.writer.names.next("b");
        const level = Math.max(...outer.map((term) => term.level)) + 1;
        this.before[Math.min(level, Math.max(0, this.rank - 1))]!.push(`const ${name} = ${formula};`);
        this.cache.set(formula, name);
      }
      parts.push(name);
    }
    parts.push(...inner.map(product));
    if (constant !== 0 || parts.length === 0) parts.push(String(constant));
    return parts.join(" + ").replaceAll("+ -", "- ");
  }

  openReduction(reduction: Reduction): void {
    const { op, level, result, fill } = reduction;
    const start = op === "sum" ? "0" : op === "max" ? "-Infinity" : "Infinity";
    if (level === undefined) {
      const from = this.position(fill.address);
      this.before[0]!.push(`F.fill(${start}, ${from}, ${from} + ${fill.size});`);
      return;
    }
    const name = this.writer.names.next("a");
    this.accumulators.set(reduction, name);
    this.before[level]!.push(`let ${name} = ${start};`);
    const terms = result.terms.map((term) =>
      term.factor === 1 ? this.termName(term) : `${this.termName(term)} * ${term.factor}`,
    );
    this.after[level]!.push(`F[${[...terms, String(result.constant)].join(" + ")}] = ${name};`);
  }

  accumulation(reduction: Reduction, address: Address, value: string): string {
    const name = this.accumulators.get(reduction) ?? `F[${this.position(address)}]`;
    if (reduction.op === "sum") return `${name} = ${name} + ${value};`;
    return `if (${value} ${reduction.op === "max" ? ">" : "<"} ${name} || ${value} !== ${value}) ${name} = ${value};`;
  }
}
