import { NumericalError } from "../../engine/errors/index.ts";
import type { Csr } from "./csr.ts";

/** A lower triangular factor kept row by row from each row's first element to its diagonal. */
export interface Envelope {
  /** Which row of the matrix each row of the factor is. */
  readonly order: Int32Array;
  /** Column of the first element of each row. */
  readonly first: Int32Array;
  /** Where each row's first element is in `values`; one more than there are rows. */
  readonly start: Int32Array;
  readonly values: Float64Array;
}

/**
 * Cholesky factor L of the reordered matrix P A Pᵀ inside its envelope, the rows ordered so that it is narrow.
 * O(n b²) for a mean half-width b, O(n b) numbers.
 * @throws NumericalError for a matrix that isn't positive definite, naming the row
 * @see [GeorgeLiu1981] chapter 4
 */
export function envelopeCholesky(A: Csr, place: string): Envelope {
  const order = narrowOrder(A);
  const n = order.length;
  const rank = new Int32Array(n);
  order.forEach((node, at) => {
    rank[node] = at;
  });
  const first = new Int32Array(n);
  const start = new Int32Array(n + 1);
  for (let i = 0; i < n; i++) {
    let least = i;
    for (let p = A.start[order[i]!]!; p < A.start[order[i]! + 1]!; p++) least = Math.min(least, rank[A.columns[p]!]!);
    first[i] = least;
    start[i + 1] = start[i]! + i - least + 1;
  }
  const values = new Float64Array(start[n]!);
  for (let i = 0; i < n; i++) {
    const row = start[i]! - first[i]!;
    for (let p = A.start[order[i]!]!; p < A.start[order[i]! + 1]!; p++) {
      const j = rank[A.columns[p]!]!;
      if (j <= i) values[row + j] = A.values[p]!;
    }
    const diagonal = Math.abs(values[row + i]!);
    for (let j = first[i]!; j <= i; j++) {
      const other = start[j]! - first[j]!;
      let sum = values[row + j]!;
      for (let k = Math.max(first[i]!, first[j]!); k < j; k++) sum -= values[row + k]! * values[other + k]!;
      if (j < i) values[row + j] = sum / values[other + j]!;
      else if (sum > n * Number.EPSILON * diagonal) values[row + i] = Math.sqrt(sum);
      else
        throw new NumericalError(place, `expected a positive definite matrix, got pivot ${sum} in row ${order[i]}`, {
          code: "numerical/indefinite",
        });
    }
  }
  return { order, first, start, values };
}

/**
 * Reverse Cuthill-McKee order: neighbours in the matrix become neighbours in the order. O(non-zeros · log degree).
 * @see [CuthillMcKee1969]
 */
function narrowOrder(A: Csr): Int32Array {
  const n = A.start.length - 1;
  const degree = (node: number): number => A.start[node + 1]! - A.start[node]!;
  const seen = new Uint8Array(n);
  const order = new Int32Array(n);
  let filled = 0;
  const breadthFirst = (root: number): number => {
    const begin = filled;
    order[filled++] = root;
    seen[root] = 1;
    for (let at = begin; at < filled; at++) {
      const next = [...A.columns.subarray(A.start[order[at]!]!, A.start[order[at]! + 1]!)].filter((j) => !seen[j]);
      next.sort((a, b) => degree(a) - degree(b) || a - b);
      for (const j of next) {
        seen[j] = 1;
        order[filled++] = j;
      }
    }
    return begin;
  };
  for (let node = 0; node < n; node++) {
    if (seen[node]) continue;
    // Once from anywhere, then again from the node that came last: near an end of the graph.
    const begin = breadthFirst(node);
    const end = order[filled - 1]!;
    for (let at = begin; at < filled; at++) seen[order[at]!] = 0;
    filled = begin;
    breadthFirst(end);
  }
  return order.reverse();
}

/** L v or Lᵀ v in the factor's order. */
export function multiplyEnvelope(
  { first, start, values }: Envelope,
  v: Float64Array,
  transposed: boolean,
): Float64Array {
  const out = new Float64Array(v.length);
  for (let i = 0; i < v.length; i++) {
    const row = start[i]! - first[i]!;
    if (transposed) for (let k = first[i]!; k <= i; k++) out[k]! += values[row + k]! * v[i]!;
    else for (let k = first[i]!; k <= i; k++) out[i]! += values[row + k]! * v[k]!;
  }
  return out;
}

/** L⁻¹ v in the factor's order. */
export function solveEnvelope({ first, start, values }: Envelope, v: Float64Array): Float64Array {
  const out = v.slice();
  for (let i = 0; i < v.length; i++) {
    const row = start[i]! - first[i]!;
    let sum = out[i]!;
    for (let k = first[i]!; k < i; k++) sum -= values[row + k]! * out[k]!;
    out[i] = sum / values[row + i]!;
  }
  return out;
}

/** L⁻ᵀ v in the factor's order. */
export function solveEnvelopeTransposed({ first, start, values }: Envelope, v: Float64Array): Float64Array {
  const out = v.slice();
  for (let i = v.length - 1; i >= 0; i--) {
    const row = start[i]! - first[i]!;
    const value = out[i]! / values[row + i]!;
    out[i] = value;
    for (let k = first[i]!; k < i; k++) out[k]! -= values[row + k]! * value;
  }
  return out;
}
