import { ShapeError } from "../../errors/index.ts";
import { type NdArray, shapeText, sizeOf } from "../../tensor/index.ts";
import type { Node, Primitive } from "../node.ts";
import { add, array, broadcastTo, cholesky, matmul, mul, neg, sub, transpose, triangularSolve } from "../ops.ts";

/** Factors of the entries below the diagonal, on it, and above it, [n, n]. */
function triangle(n: number, diagonal: number): Node {
  const data = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    data.fill(1, i * n, i * n + i);
    data[i * n + i] = diagonal;
  }
  return array(data, [n, n]);
}

/** The lower triangle, its diagonal times a factor. */
function lower(x: Node, diagonal: number): Node {
  return mul(x, broadcastTo(triangle(x.shape.at(-1)!, diagonal), x.shape));
}

/** Exchanges the last two axes. */
function turned(x: Node): Node {
  const last = x.shape.length - 1;
  return transpose(
    x,
    x.shape.map((_, axis) => (axis < last - 1 ? axis : 2 * last - 1 - axis)),
  );
}

/** The symmetric part of a gradient with respect to a symmetric matrix. */
function symmetric(x: Node): Node {
  return mul(add(x, turned(x)), broadcastTo(array(Float64Array.of(0.5), []), x.shape));
}

function square(name: string, { shape }: Node): number {
  const [rows, columns] = shape.slice(-2);
  if (shape.length < 2 || rows !== columns)
    throw new ShapeError(name, `expected square matrices […, n, n], got shape ${shapeText(shape)}`);
  return columns!;
}

/** Factorises in place of `out`: L of A = L Lᵀ from the lower triangle of A; NaN from the first pivot on that isn't positive. */
export function choleskyRows(
  A: ArrayLike<number>,
  from: number,
  out: Float64Array | Float32Array,
  to: number,
  n: number,
): void {
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      if (j > i) {
        out[to + i * n + j] = 0;
        continue;
      }
      let sum = A[from + i * n + j]!;
      for (let k = 0; k < j; k++) sum -= out[to + i * n + k]! * out[to + j * n + k]!;
      out[to + i * n + j] = i === j ? Math.sqrt(sum > 0 ? sum : Number.NaN) : sum / out[to + j * n + j]!;
    }
}

/** Solves L X = B, or Lᵀ X = B, for B [n, m]. */
export function solveRows(
  F: ArrayLike<number>,
  l: number,
  b: number,
  out: Float64Array | Float32Array,
  to: number,
  n: number,
  m: number,
  transposed: boolean,
): void {
  for (let step = 0; step < n; step++) {
    const i = transposed ? n - 1 - step : step;
    const pivot = F[l + i * n + i]!;
    for (let c = 0; c < m; c++) {
      let sum = F[b + i * m + c]!;
      if (transposed) for (let k = i + 1; k < n; k++) sum -= F[l + k * n + i]! * out[to + k * m + c]!;
      else for (let k = 0; k < i; k++) sum -= F[l + i * n + k]! * out[to + k * m + c]!;
      out[to + i * m + c] = sum / pivot;
    }
  }
}

/**
 * The lower factor L of positive definite matrices A = L Lᵀ, over leading axes; only the lower triangle of A is read. A matrix
 * that isn't positive definite has NaN from the failing pivot on, which costs and likelihoods notice. O(n³) each.
 * @see [Murray2016] for both derivatives
 */
export const choleskyPrimitive: Primitive<"cholesky"> = {
  infer: ([A]) => {
    square("cholesky", A!);
    return { shape: A!.shape, dtype: A!.dtype };
  },
  // dL = L Φ(L⁻¹ dA L⁻ᵀ), Φ the lower triangle with half the diagonal
  jvp: (_node, _inputs, L, [dA]) => {
    if (dA == null) return null;
    const mirrored = add(lower(dA, 1), turned(lower(dA, 0)));
    const left = triangularSolve(L, mirrored, false);
    return matmul(L, lower(turned(triangularSolve(L, turned(left), false)), 0.5));
  },
  // Ā = L⁻ᵀ Φ(Lᵀ L̄) L⁻¹, made symmetric, and then folded on the triangle that is read
  vjp: (_node, _inputs, L, cotangent) => {
    const inner = lower(matmul(turned(L), lower(cotangent, 1)), 0.5);
    const left = triangularSolve(L, inner, true);
    const whole = symmetric(turned(triangularSolve(L, turned(left), true)));
    return [add(lower(whole, 0.5), lower(whole, 0.5))];
  },
  batch: (_node, [A]) => cholesky(A!),
  evaluate: (node, [A]) => {
    const n = node.shape.at(-1)!;
    const out = new Float64Array(sizeOf(node.shape));
    for (let at = 0; at < out.length; at += n * n) choleskyRows(A!.data, at, out, at, n);
    return out;
  },
};

/** L⁻¹ B or L⁻ᵀ B for lower triangular matrices L […, n, n] (what is above their diagonal isn't read) and B […, n, m]. O(n² m). */
export const triangularSolvePrimitive: Primitive<"triangularSolve"> = {
  infer: ([L, B]) => {
    const n = square("triangularSolve", L!);
    const [leading, own] = [L!.shape.slice(0, -2).join(), B!.shape.slice(0, -2).join()];
    if (B!.shape.length < 2 || B!.shape.at(-2) !== n || leading !== own)
      throw new ShapeError(
        "triangularSolve",
        `expected a right-hand side […, ${n}, m] with the leading axes of the matrices ${shapeText(L!.shape)}, got ${shapeText(B!.shape)}`,
      );
    return { shape: B!.shape, dtype: B!.dtype };
  },
  jvp: ({ attributes: { transposed } }, [L], X, [dL, dB]) => {
    if (dL == null && dB == null) return null;
    const moved = dL == null ? undefined : lower(dL, 1);
    const product = moved && matmul(transposed ? turned(moved) : moved, X);
    const right = product === undefined ? dB! : dB == null ? neg(product) : sub(dB, product);
    return triangularSolve(L!, right, transposed);
  },
  vjp: ({ attributes: { transposed } }, [L], X, cotangent) => {
    const back = triangularSolve(L!, cotangent, !transposed);
    const product = transposed ? matmul(X, turned(back)) : matmul(back, turned(X));
    return [neg(lower(product, 1)), back];
  },
  batch: (node, [L, B], [first, second], size) => {
    const whole = (x: Node, batched: boolean | undefined, shape: readonly number[]): Node =>
      batched ? x : broadcastTo(x, [size, ...shape]);
    return triangularSolve(
      whole(L!, first, node.inputs[0]!.shape),
      whole(B!, second, node.inputs[1]!.shape),
      node.attributes.transposed,
    );
  },
  evaluate: (node, inputs: readonly NdArray[]) => {
    const [L, B] = inputs as [NdArray, NdArray];
    const [n, m] = node.shape.slice(-2) as [number, number];
    const out = new Float64Array(sizeOf(node.shape));
    const both = new Float64Array(n * n + n * m);
    for (let k = 0; k * n * m < out.length; k++) {
      both.set(L.data.subarray(k * n * n, (k + 1) * n * n));
      both.set(B.data.subarray(k * n * m, (k + 1) * n * m), n * n);
      solveRows(both, 0, n * n, out, k * n * m, n, m, node.attributes.transposed);
    }
    return out;
  },
};
