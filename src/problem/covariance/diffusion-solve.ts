import { scan, type Tensor, tensor } from "../../engine/graph/index.ts";
import type { Csr } from "./csr.ts";
import { type DiffusionGrid, multiplyDiffusion, tracedMultiplyDiffusion } from "./diffusion-grid.ts";
import { type Envelope, envelopeCholesky } from "./envelope.ts";

/** A⁻¹ of a diffusion operator, symmetric to rounding. */
export interface DiffusionSolver {
  solve(v: Float64Array): Float64Array;
  traced(v: Tensor): Tensor;
}

/** The rows of A in order of the columns. */
function matrixRows({ grid, links, next }: DiffusionGrid): Csr {
  const lines: Map<number, number>[] = Array.from({ length: grid.points }, (_, i) => new Map([[i, 1]]));
  const add = (i: number, j: number, value: number): void => {
    lines[i]!.set(j, (lines[i]!.get(j) ?? 0) + value);
  };
  links.forEach((link, axis) => {
    for (let i = 0; i < grid.points; i++) {
      if (link[i] === 0) continue;
      const j = next[axis]![i]!;
      add(i, i, link[i]!);
      add(j, j, link[i]!);
      add(i, j, -link[i]!);
      add(j, i, -link[i]!);
    }
  });
  const sorted = lines.map((line) => [...line].sort(([a], [b]) => a - b));
  const start = new Int32Array(grid.points + 1);
  sorted.forEach((line, i) => {
    start[i + 1] = start[i]! + line.length;
  });
  return {
    start,
    columns: Int32Array.from(sorted.flatMap((line) => line.map(([column]) => column))),
    values: Float64Array.from(sorted.flatMap((line) => line.map(([, value]) => value))),
  };
}

/** The Cholesky factor of A: O(points) numbers along a line or ring, O(points^1.5) on a grid of two axes. */
export function diffusionFactor(operator: DiffusionGrid, place: string): Envelope {
  return envelopeCholesky(matrixRows(operator), place);
}

/**
 * Along one axis: by the banded Cholesky factor (a ring's has two columns beside the diagonal). O(points) a solve; in graphs a loop
 * over the points forwards and one backwards.
 */
export function directSolver(operator: DiffusionGrid, place: string): DiffusionSolver {
  const factor = diffusionFactor(operator, place);
  const { order } = factor;
  const n = order.length;
  const rank = new Int32Array(n);
  order.forEach((node, at) => {
    rank[node] = at;
  });
  const width = Math.max(1, ...factor.first.map((first, i) => i - first));
  // Row i: the diagonal's inverse, then L's elements left of it (for the way forwards) or below it (backwards), nearest first.
  const [ahead, behind] = [new Float64Array(n * width), new Float64Array(n * width)];
  const inverse = new Float64Array(n);
  const element = (i: number, j: number): number =>
    i >= n || j < factor.first[Math.min(i, n - 1)]! ? 0 : factor.values[factor.start[i]! + j - factor.first[i]!]!;
  for (let i = 0; i < n; i++) {
    inverse[i] = 1 / element(i, i);
    for (let k = 1; k <= width; k++) {
      if (i - k >= 0) ahead[i * width + k - 1] = element(i, i - k);
      behind[i * width + k - 1] = element(i + k, i);
    }
  }
  const sweep = (rows: Tensor, coefficients: Float64Array, reverse: boolean): Tensor => {
    const zero = rows.at(0).mul(0);
    const { ys } = scan(
      (last, [row, factors, over]) => {
        const value = last.reduce((rest, known, k) => rest.sub(known.mul(factors!.at(k))), row!).mul(over!);
        return { carry: [value, ...last.slice(0, -1)], ys: [value] };
      },
      Array.from({ length: width }, () => zero),
      [rows, tensor({ data: coefficients, shape: [n, width] }), tensor(inverse)],
      { reverse },
    );
    return ys[0]!;
  };
  return {
    solve(v) {
      const x = new Float64Array(n);
      for (let i = 0; i < n; i++) {
        let rest = v[order[i]!]!;
        for (let k = 1; k <= width && k <= i; k++) rest -= ahead[i * width + k - 1]! * x[i - k]!;
        x[i] = rest * inverse[i]!;
      }
      for (let i = n - 1; i >= 0; i--) {
        let rest = x[i]!;
        for (let k = 1; k <= width && i + k < n; k++) rest -= behind[i * width + k - 1]! * x[i + k]!;
        x[i] = rest * inverse[i]!;
      }
      const out = new Float64Array(n);
      for (let i = 0; i < n; i++) out[order[i]!] = x[i]!;
      return out;
    },
    traced(v) {
      const axes = v.shape.length;
      const turn = [axes - 1, ...Array.from({ length: axes - 1 }, (_, axis) => axis)];
      const back = [...Array.from({ length: axes - 1 }, (_, axis) => axis + 1), 0];
      const rows = v.take(order, -1).transpose(turn);
      const solved = sweep(sweep(rows, ahead, false), behind, true);
      return solved.transpose(back).take(rank, -1);
    },
  };
}

/** How far the error of an iterative solve falls: to rounding. */
const accuracy = 1e-15;

/**
 * On two axes: by Chebyshev's iteration, whose number of steps, about 17 √λ for the largest eigenvalue λ of A, follows from λ alone: the
 * result is a fixed polynomial of A, linear and symmetric. O(points √λ) a solve; in graphs a loop of stencils.
 * @see [Weaver2016]
 */
export function chebyshevSolver(operator: DiffusionGrid): DiffusionSolver {
  const { largest } = operator;
  const [centre, half] = [(largest + 1) / 2, (largest - 1) / 2];
  const sigma = centre / Math.max(half, Number.MIN_VALUE);
  const steps = half === 0 ? 0 : Math.ceil(Math.acosh(1 / accuracy) / Math.acosh(sigma));
  const weights = new Float64Array(2 * steps);
  let rho = 1 / sigma;
  for (let k = 0; k < steps; k++) {
    const next = 1 / (2 * sigma - rho);
    weights[2 * k] = next * rho;
    weights[2 * k + 1] = (2 * next) / half;
    rho = next;
  }
  return {
    solve(v) {
      const x = new Float64Array(v.length);
      const r = v.slice();
      const d = v.map((value) => value / centre);
      const Ad = new Float64Array(v.length);
      for (let k = 0; k < steps; k++) {
        multiplyDiffusion(operator, d, Ad);
        const [keep, add] = [weights[2 * k]!, weights[2 * k + 1]!];
        for (let i = 0; i < x.length; i++) {
          x[i]! += d[i]!;
          r[i]! -= Ad[i]!;
          d[i] = keep * d[i]! + add * r[i]!;
        }
      }
      return x.map((value, i) => value + d[i]!);
    },
    traced(v) {
      const { carry } = scan(
        ([x, r, d], [factors]) => {
          const rest = r!.sub(tracedMultiplyDiffusion(operator, d!));
          const next = d!.mul(factors!.at(0)).add(rest.mul(factors!.at(1)));
          return { carry: [x!.add(d!), rest, next] };
        },
        [v.mul(0), v, v.div(centre)],
        [tensor({ data: weights, shape: [steps, 2] })],
      );
      return carry[0]!.add(carry[2]!);
    },
  };
}
