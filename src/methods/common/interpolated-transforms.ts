import { ArgumentError, CapabilityError } from "../../engine/errors/index.ts";
import { gemm, gramStride } from "../../engine/linalg/index.ts";
import type { Domain } from "../../problem/localization/index.ts";
import type { Awaitable } from "../../problem/operators/index.ts";
import { whenReady } from "../../problem/operators/index.ts";
import { type LocalTransforms, shareBlocks } from "./local-transforms.ts";
import type { LocalPatches, PlacedPatches } from "./localized.ts";

/** Points of an axis where transforms are computed, and the points that each of them counts for, with its weights. */
interface Node {
  readonly at: number;
  readonly points: readonly number[];
  readonly weights: readonly number[];
}

/**
 * The analysis with transforms at every `stride`-th point of each axis alone, interpolated linearly to the points between them:
 * of what a point's own transform would be, the error is that of linear interpolation over `stride` points. O(N³ + N² p) for
 * each of these, and 2^axes · N² for each variable.
 * @throws CapabilityError for a domain that is no regular grid
 * @throws NumericalError as local transforms
 * @see [Yang2009]
 */
export function interpolatedTransforms(
  input: LocalTransforms & { readonly patches: PlacedPatches },
  domain: Domain,
  stride: number,
  threads: number,
): Awaitable<void> {
  const { E, mean, out, patches } = input;
  const { grid } = domain;
  if (grid === undefined)
    throw new CapabilityError("localization.interpolation", "needs variables on a ring, a line or a regular grid");
  const [N, n] = [E.shape[0]!, E.shape[1]!];
  const padded = gramStride(N);
  const axes = grid.shape.map((extent, axis) => nodesOf(extent, grid.periodic[axis]!, stride));
  const combine = (pick: (node: Node) => readonly number[], nodes: readonly Node[]): number[][] =>
    nodes.reduce<number[][]>((lists, node) => lists.flatMap((list) => pick(node).map((x) => [...list, x])), [[]]);
  const place = (point: readonly number[]): number => point.reduce((sum, x, axis) => sum * grid.shape[axis]! + x, 0);
  const nodes = axes.reduce<Node[][]>(
    (lists, own) => lists.flatMap((list) => own.map((node) => [...list, node])),
    [[]],
  );
  // Members that are unit vectors: their transforms are the columns of a node's matrix.
  const unit = new Float64Array(N * N);
  for (let i = 0; i < N; i++) unit[i * N + i] = 1;
  const all = Int32Array.from({ length: N }, (_, i) => i);
  const own: LocalPatches = {
    length: nodes.length,
    at(node) {
      const patch = patches.at(place(nodes[node]!.map(({ at }) => at)));
      return patch && { ...patch, variables: all };
    },
  };
  for (let member = 0; member < N; member++) out.set(mean, member * n);
  const add = (node: number, matrix: Float64Array | undefined): void => {
    const points = combine(({ points: list }) => list, nodes[node]!).map(place);
    const weights = combine(({ weights: list }) => list, nodes[node]!).map((list) => list.reduce((a, b) => a * b, 1));
    const variables: number[] = [];
    const factors: number[] = [];
    points.forEach((point, i) => {
      for (const variable of patches.variables(point)) {
        variables.push(variable);
        factors.push(weights[i]!);
      }
    });
    const X = new Float64Array(variables.length * N);
    for (let member = 0; member < N; member++)
      variables.forEach((variable, q) => {
        X[q * N + member] = E.data[member * n + variable]! - mean[variable]!;
      });
    const moved = matrix === undefined ? X : gemm(variables.length, N, N, X, matrix);
    for (let member = 0; member < N; member++)
      variables.forEach((variable, q) => {
        out[member * n + variable]! += factors[q]! * moved[q * N + member]!;
      });
  };
  const matrices = {
    E: { data: unit, shape: [N, N] },
    mean: new Float64Array(N),
    patches: own,
    observed: input.observed,
  };
  const reached = new Uint8Array(nodes.length);
  // Blocks are added in their order, in whichever they come, so that the sums are the same.
  const waiting = new Map<number, () => number>();
  let next = 0;
  const done = shareBlocks(matrices, threads, ({ first, vectorStarts }, vectors) => {
    const addAll = (own: Float64Array) => (): number => {
      for (let i = 0; i + 1 < vectorStarts.length; i++) {
        const from = vectorStarts[i]!;
        if (vectorStarts[i + 1] === from) continue;
        const matrix = new Float64Array(N * N);
        for (let row = 0; row < N; row++)
          matrix.set(own.subarray((from + row) * padded, (from + row) * padded + N), row * N);
        reached[first + i] = 1;
        add(first + i, matrix);
      }
      return first + vectorStarts.length - 1;
    };
    if (first === next) next = addAll(vectors)();
    else waiting.set(first, addAll(vectors.slice()));
    for (let found = waiting.get(next); found !== undefined; found = waiting.get(next)) {
      waiting.delete(next);
      next = found();
    }
  });
  return whenReady(done, () => {
    for (let node = 0; node < nodes.length; node++) if (reached[node] === 0) add(node, undefined);
  });
}

/** @throws ArgumentError unless it is a positive integer */
export function checkInterpolation(stride: number | undefined): void {
  if (stride !== undefined && !(Number.isSafeInteger(stride) && stride >= 1))
    throw new ArgumentError("localization.interpolation", `expected a number of grid points from 1 on, got ${stride}`);
}

/** Every `stride`-th point and, where the axis ends, the last one. */
function nodesOf(extent: number, periodic: boolean, stride: number): Node[] {
  const at: number[] = [];
  for (let x = 0; x < extent; x += stride) at.push(x);
  if (!periodic && at.at(-1) !== extent - 1) at.push(extent - 1);
  return at.map((own, k) => {
    const before = k > 0 ? at[k - 1]! : periodic && at.length > 1 ? at.at(-1)! - extent : undefined;
    const after = k + 1 < at.length ? at[k + 1]! : periodic && at.length > 1 ? at[0]! + extent : undefined;
    const points = [own];
    const weights = [1];
    if (before !== undefined)
      for (let x = before + 1; x < own; x++) {
        points.push((x + extent) % extent);
        weights.push((x - before) / (own - before));
      }
    if (after !== undefined)
      for (let x = own + 1; x < after; x++) {
        points.push(x % extent);
        weights.push((after - x) / (after - own));
      }
    // One point for the whole of a ring.
    if (periodic && at.length === 1)
      for (let x = 1; x < extent; x++) {
        points.push(x);
        weights.push(1);
      }
    return { at: own, points, weights };
  });
}
