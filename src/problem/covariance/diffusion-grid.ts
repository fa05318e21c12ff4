import { type Tensor, tensor } from "../../engine/graph/index.ts";
import type { Grid } from "./torus.ts";

/** The symmetric operator A = I − ∇·ℓ²∇ on a grid, no flux through ends. */
export interface DiffusionGrid {
  readonly grid: Grid;
  /** ℓ² over the spacing's square between each point and the next one of each axis; 0 at ends, [points] each. */
  readonly links: readonly Float64Array[];
  /** A bound of the largest eigenvalue of A. */
  readonly largest: number;
}

/**
 * @param lengths ℓ at each point, one list per axis; between two points stands the mean of their squares
 */
export function diffusionGrid(grid: Grid, lengths: readonly Float64Array[]): DiffusionGrid {
  const { shape, periodic, spacing, points } = grid;
  const degree = new Float64Array(points);
  const links = shape.map((extent, axis) => {
    const link = new Float64Array(points);
    for (let i = 0; i < points; i++) {
      const j = neighbour(grid, i, axis);
      // A ring of two points has both links between the same points; one of one point has none.
      if (extent === 1 || (!periodic[axis] && j < i)) continue;
      link[i] = (lengths[axis]![i]! ** 2 + lengths[axis]![j]! ** 2) / (2 * spacing[axis]! ** 2);
      degree[i]! += link[i]!;
      degree[j]! += link[i]!;
    }
    return link;
  });
  return { grid, links, largest: 1 + 2 * degree.reduce((a, b) => Math.max(a, b)) };
}

/** The next point along an axis; the first one after the last. */
export function neighbour({ shape }: Grid, i: number, axis: number): number {
  const stride = axis === shape.length - 1 ? 1 : shape[1]!;
  const position = Math.floor(i / stride) % shape[axis]!;
  return position === shape[axis]! - 1 ? i - position * stride : i + stride;
}

/** A v. O(points). */
export function multiplyDiffusion({ grid, links }: DiffusionGrid, v: Float64Array): Float64Array {
  const out = v.slice();
  links.forEach((link, axis) => {
    for (let i = 0; i < v.length; i++) {
      if (link[i] === 0) continue;
      const j = neighbour(grid, i, axis);
      const flux = link[i]! * (v[i]! - v[j]!);
      out[i]! += flux;
      out[j]! -= flux;
    }
  });
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
