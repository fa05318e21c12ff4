import { type Tensor, tensor } from "../../engine/graph/index.ts";
import type { Grid } from "./torus.ts";

/** The symmetric operator A = I − ∇·ℓ²∇ on a grid, no flux through ends. */
export interface DiffusionGrid {
  readonly grid: Grid;
  /** ℓ² over the spacing's square between each point and the next one of each axis; 0 at ends, [points] each. */
  readonly links: readonly Float64Array[];
  /** The point that each link leads to, and the one before each point. */
  readonly next: readonly Int32Array[];
  readonly previous: readonly Int32Array[];
  /** The link from the point before. */
  readonly back: readonly Float64Array[];
  /** The diagonal of A. */
  readonly diagonal: Float64Array;
  /** A bound of the largest eigenvalue of A. */
  readonly largest: number;
}

/**
 * @param lengths ℓ at each point, one list per axis; between two points stands the mean of their squares
 */
export function diffusionGrid(grid: Grid, lengths: readonly Float64Array[]): DiffusionGrid {
  const { shape, periodic, spacing, points } = grid;
  const diagonal = new Float64Array(points).fill(1);
  const next = shape.map((_, axis) => Int32Array.from({ length: points }, (__, i) => neighbour(grid, i, axis)));
  const links = shape.map((extent, axis) => {
    const link = new Float64Array(points);
    for (let i = 0; i < points; i++) {
      const j = next[axis]![i]!;
      // A ring of two points has both links between the same points; one of one point has none.
      if (extent === 1 || (!periodic[axis] && j < i)) continue;
      link[i] = (lengths[axis]![i]! ** 2 + lengths[axis]![j]! ** 2) / (2 * spacing[axis]! ** 2);
      diagonal[i]! += link[i]!;
      diagonal[j]! += link[i]!;
    }
    return link;
  });
  const previous = next.map((to) => {
    const from = new Int32Array(points);
    to.forEach((j, i) => {
      from[j] = i;
    });
    return from;
  });
  const back = links.map((link, axis) => Float64Array.from(previous[axis]!, (i) => link[i]!));
  return { grid, links, next, previous, back, diagonal, largest: 2 * diagonal.reduce((a, b) => Math.max(a, b)) - 1 };
}

/** The next point along an axis; the first one after the last. */
function neighbour({ shape }: Grid, i: number, axis: number): number {
  const stride = axis === shape.length - 1 ? 1 : shape[1]!;
  const position = Math.floor(i / stride) % shape[axis]!;
  return position === shape[axis]! - 1 ? i - position * stride : i + stride;
}

/** A v; `out` may be given, not v. O(points). */
export function multiplyDiffusion(
  { links, back, next, previous, diagonal }: DiffusionGrid,
  v: Float64Array,
  out: Float64Array = new Float64Array(v.length),
): Float64Array {
  for (let i = 0; i < out.length; i++) out[i] = diagonal[i]! * v[i]!;
  for (let axis = 0; axis < links.length; axis++) {
    const [ahead, to] = [links[axis]!, next[axis]!];
    const [behind, from] = [back[axis]!, previous[axis]!];
    for (let i = 0; i < out.length; i++) out[i]! -= ahead[i]! * v[to[i]!]! + behind[i]! * v[from[i]!]!;
  }
  return out;
}

/** A v on tensors [..., points]. */
export function tracedMultiplyDiffusion({ grid, links }: DiffusionGrid, v: Tensor): Tensor {
  const { shape } = grid;
  const leading = v.shape.slice(0, -1);
  const x = v.reshape([...leading, ...shape]);
  const out = links.reduce((sum, link, axis) => {
    if (link.every((value) => value === 0)) return sum;
    const at = axis - shape.length;
    const flux = x.sub(x.roll(-1, at)).mul(tensor({ data: link, shape }));
    return sum.add(flux).sub(flux.roll(1, at));
  }, x);
  return out.reshape(v.shape);
}
