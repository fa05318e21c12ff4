import { ArgumentError, ShapeError } from "../errors/index.ts";
import { shapeText } from "../tensor/index.ts";
import type { Node } from "./node.ts";
import { matmul, mul, reshape, sum, take, transpose } from "./ops.ts";

/** A tensor whose axes have letters. */
interface Labelled {
  readonly x: Node;
  readonly labels: readonly string[];
}

/**
 * Einstein's summation, as numpy.einsum: `bij,bjk->bik`, with ellipses and repeated letters. Two operands at a time from the
 * left, each pair one product of matrices.
 * @throws ArgumentError for an equation that is not well-formed, ShapeError for extents that don't agree
 */
export function einsum(equation: string, operands: readonly Node[]): Node {
  const { inputs, output } = parse(equation.replace(/\s/g, ""), operands);
  let [result, ...rest] = inputs.map(diagonal);
  if (result === undefined) throw new ArgumentError("einsum", "expected at least one operand, got none");
  while (rest.length > 0) {
    const [next, ...later] = rest;
    const needed = new Set([...output, ...later.flatMap(({ labels }) => labels)]);
    result = contract(result, next!, needed);
    rest = later;
  }
  const kept = sumOut(result, new Set(output));
  return transpose(
    kept.x,
    output.map((label) => kept.labels.indexOf(label)),
  );
}

function parse(equation: string, operands: readonly Node[]): { inputs: Labelled[]; output: string[] } {
  const [left = "", right, more] = equation.split("->");
  const terms = left.split(",");
  if (more !== undefined || terms.length !== operands.length || !/^[A-Za-z.,]*$/.test(left + (right ?? "")))
    throw new ArgumentError("einsum", `expected an equation of ${operands.length} operands, got "${equation}"`);
  const wide = Math.max(0, ...terms.map((term, i) => ellipsis(term, operands[i]!)));
  const letters = (term: string, count: number): string[] => {
    const dots = Array.from({ length: count }, (_, i) => `.${wide - count + i}`);
    const at = term.indexOf("...");
    return at < 0 ? [...term] : [...term.slice(0, at), ...dots, ...term.slice(at + 3)];
  };
  const inputs = terms.map((term, i) => ({ x: operands[i]!, labels: letters(term, ellipsis(term, operands[i]!)) }));
  for (const { x, labels } of inputs) {
    if (labels.length !== x.shape.length)
      throw new ShapeError(
        "einsum",
        `expected ${labels.length} axes for "${equation}", got shape ${shapeText(x.shape)}`,
      );
  }
  const all = inputs.flatMap(({ labels }) => labels);
  const once = [...new Set(all)].filter((label) => all.indexOf(label) === all.lastIndexOf(label) || label[0] === ".");
  const output = right === undefined ? once.sort() : letters(right, wide);
  if (new Set(output).size !== output.length || output.some((label) => !all.includes(label)))
    throw new ArgumentError("einsum", `expected different letters of the operands as the result, got "${equation}"`);
  return { inputs, output };
}

/** Number of axes that the ellipsis of a term stands for. */
function ellipsis(term: string, { shape }: Node): number {
  return term.includes("...") ? Math.max(0, shape.length - (term.length - 3)) : 0;
}

/** Repeated letters of one operand become one. */
function diagonal({ x, labels }: Labelled): Labelled {
  const second = labels.findIndex((label, i) => labels.indexOf(label) < i);
  if (second < 0) return { x, labels };
  const first = labels.indexOf(labels[second]!);
  const extent = x.shape[first]!;
  if (x.shape[second] !== extent)
    throw new ShapeError("einsum", `expected equal extents for "${labels[first]}", got ${shapeText(x.shape)}`);
  const others = labels.map((_, axis) => axis).filter((axis) => axis !== first && axis !== second);
  const flat = reshape(transpose(x, [first, second, ...others]), [
    extent * extent,
    ...others.map((axis) => x.shape[axis]!),
  ]);
  const picked = take(
    flat,
    Array.from({ length: extent }, (_, i) => i * (extent + 1)),
    0,
  );
  return diagonal({ x: picked, labels: [labels[first]!, ...others.map((axis) => labels[axis]!)] });
}

/** Sums over the letters that nobody needs any more. */
function sumOut({ x, labels }: Labelled, needed: ReadonlySet<string>): Labelled {
  const gone = labels.flatMap((label, axis) => (needed.has(label) ? [] : [axis]));
  return { x: sum(x, gone), labels: labels.filter((label) => needed.has(label)) };
}

/** The product of two operands, summed over what is not needed. */
function contract(left: Labelled, right: Labelled, needed: ReadonlySet<string>): Labelled {
  const a = sumOut(left, new Set([...needed, ...right.labels]));
  const b = sumOut(right, new Set([...needed, ...left.labels]));
  const extent = (label: string): number => {
    const [m, n] = [a, b].map(({ x, labels }) => x.shape[labels.indexOf(label)] ?? 1);
    if (m !== n && m !== 1 && n !== 1)
      throw new ShapeError("einsum", `expected equal extents for "${label}", got ${m} and ${n}`);
    return Math.max(m!, n!);
  };
  const shared = a.labels.filter((label) => b.labels.includes(label));
  for (const label of shared) extent(label);
  const stretched = shared.some((label) => a.x.shape[a.labels.indexOf(label)] !== b.x.shape[b.labels.indexOf(label)]);
  const batch = shared.filter((label) => needed.has(label));
  const inner = shared.filter((label) => !needed.has(label));
  const rows = a.labels.filter((label) => !shared.includes(label));
  const columns = b.labels.filter((label) => !shared.includes(label));
  if (stretched || inner.length === 0) {
    const all = [...batch, ...inner, ...rows, ...columns];
    return sumOut({ x: mul(aligned(a, all), aligned(b, all)), labels: all }, needed);
  }
  const size = (labels: readonly string[]): number => labels.reduce((total, label) => total * extent(label), 1);
  const [many, m, k, n] = [batch.map(extent), size(rows), size(inner), size(columns)];
  const product = matmul(
    reshape(ordered(a, [...batch, ...rows, ...inner]), [...many, m, k]),
    reshape(ordered(b, [...batch, ...inner, ...columns]), [...many, k, n]),
  );
  const labels = [...batch, ...rows, ...columns];
  return { x: reshape(product, labels.map(extent)), labels };
}

function ordered({ x, labels }: Labelled, order: readonly string[]): Node {
  return transpose(
    x,
    order.map((label) => labels.indexOf(label)),
  );
}

/** Axes in the given order, those that are lacking with extent 1. */
function aligned(operand: Labelled, order: readonly string[]): Node {
  const own = order.filter((label) => operand.labels.includes(label));
  return reshape(
    ordered(operand, own),
    order.map((label) => operand.x.shape[operand.labels.indexOf(label)] ?? 1),
  );
}
