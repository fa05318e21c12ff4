import { allFinite } from "../tensor/index.ts";
import { polesTable } from "./inverseRootPoles.ts";
import { symmetricEigen } from "./symmetricEigen.ts";
import { type Scratch, withScratch } from "./wasm/index.ts";

/** Vectors to be transformed at many places, each by a few of the rows. */
export interface GramTransforms {
  /** Length of rows and vectors. They are `gramStride(n)` numbers apart, with zeros at their ends. */
  readonly n: number;
  readonly k: number;
  /** Rows y and a target d for each. */
  readonly rows: Float64Array;
  readonly targets: Float64Array;
  /** Place p has the rows `indices[j]` with weights ρ = `weights[j]` ≥ 0 for j from starts[p] to starts[p + 1]. */
  readonly starts: Int32Array;
  readonly indices: Int32Array;
  readonly weights: Float64Array;
  /** Place p has vectors vectorStarts[p] to vectorStarts[p + 1]; they are overwritten. */
  readonly vectorStarts: Int32Array;
  readonly vectors: Float64Array;
}

/** Distance of rows and vectors of n numbers. */
export function gramStride(n: number): number {
  return 8 * Math.ceil(n / 8);
}

/**
 * At every place, with C = I + Σ ρ y yᵀ / k and b = Σ ρ d y, vectors x become C^(−1/2) x + (xᵀ C⁻¹ b / k) 1; at a place without
 * rows they stay. For p rows and v vectors n² (p + 4n/3) operations and some 10 n² for each vector, or with eigenvectors
 * 2n² v + 6n³, whichever is less. Errors are those of eps times the condition number of C.
 * @returns −1, or the first place whose C is not finite
 * @see [HaleHighamTrefethen2008] [GolubVanLoan2013] section 8.3
 */
export function gramTransforms(batch: GramTransforms): number {
  const { rows, targets, indices, weights, vectors } = batch;
  const bytes = 8 * (rows.length + targets.length + 1.5 * indices.length + weights.length + vectors.length);
  return withScratch(bytes + 2 ** 20, (scratch) => byKernels(batch, scratch)) ?? byEigenvectors(batch);
}

function byKernels(batch: GramTransforms, scratch: Scratch): number {
  const { n, k, rows, targets, starts, indices, weights, vectorStarts, vectors } = batch;
  const places = starts.length - 1;
  let most = 1;
  for (let place = 0; place < places; place++) most = Math.max(most, vectorStarts[place + 1]! - vectorStarts[place]!);
  const { kernels } = scratch;
  const x = scratch.copyOf(vectors, 0, vectors.length);
  const table = polesTable();
  const failed = kernels.gramTransforms64(
    n,
    k,
    places,
    scratch.copyOf(rows, 0, rows.length),
    scratch.copyOf(targets, 0, targets.length),
    scratch.copyOfIntegers(starts),
    scratch.copyOfIntegers(indices),
    scratch.copyOf(weights, 0, weights.length),
    scratch.copyOfIntegers(vectorStarts),
    x,
    scratch.copyOf(table, 0, table.length),
    scratch.bytes(kernels.gramTransformBytes64(n, most)),
  );
  scratch.get(x, vectors, 0, vectors.length);
  return failed;
}

function byEigenvectors(batch: GramTransforms): number {
  const { n, k, rows, targets, starts, indices, weights, vectorStarts, vectors } = batch;
  const stride = gramStride(n);
  const C = new Float64Array(n * n);
  const b = new Float64Array(n);
  const T = new Float64Array(n * n);
  for (let place = 0; place + 1 < starts.length; place++) {
    const [from, to] = [starts[place]!, starts[place + 1]!];
    if (from === to) continue;
    C.fill(0);
    b.fill(0);
    for (let j = from; j < to; j++) {
      const row = indices[j]! * stride;
      const weight = weights[j]!;
      const target = weight * targets[indices[j]!]!;
      for (let i = 0; i < n; i++) {
        const scaled = (weight / k) * rows[row + i]!;
        b[i]! += target * rows[row + i]!;
        for (let l = 0; l <= i; l++) C[i * n + l]! += scaled * rows[row + l]!;
      }
    }
    for (let i = 0; i < n; i++) C[i * n + i]! += 1;
    if (!allFinite(C) || !allFinite(b)) return place;
    transform(C, b, n, k, T);
    for (let v = vectorStarts[place]!; v < vectorStarts[place + 1]!; v++) {
      const x = vectors.slice(v * stride, v * stride + n);
      for (let i = 0; i < n; i++) {
        let sum = 0;
        for (let l = 0; l < n; l++) sum += T[i * n + l]! * x[l]!;
        vectors[v * stride + i] = sum;
      }
    }
  }
  return -1;
}

/** C^(−1/2) + 1 (C⁻¹ b / k)ᵀ. */
function transform(C: Float64Array, b: Float64Array, n: number, k: number, T: Float64Array): void {
  const { values, vectors } = symmetricEigen(C, n);
  T.fill(0);
  for (let j = 0; j < n; j++) {
    let projected = 0;
    for (let i = 0; i < n; i++) projected += vectors[i * n + j]! * b[i]!;
    const [mean, root] = [projected / (k * values[j]!), 1 / Math.sqrt(values[j]!)];
    for (let i = 0; i < n; i++) {
      const scaled = root * vectors[i * n + j]! + mean;
      for (let l = 0; l < n; l++) T[i * n + l]! += scaled * vectors[l * n + j]!;
    }
  }
}
