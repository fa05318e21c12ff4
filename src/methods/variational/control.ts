import type { Covariance } from "../../problem/covariance/index.ts";
import type { WindowProblem, WindowUnknowns } from "./window.ts";

/** The map from a control to a window's unknowns u = [state | bias | model errors], and the background's cost of a control. */
export interface ControlMap {
  readonly size: number;
  /** Length of u. */
  readonly unknowns: number;
  /** The control of the background. */
  start(): Float64Array;
  /** u of a control. */
  apply(z: Float64Array): Float64Array;
  /** The linear part of `apply`. */
  tangent(dz: Float64Array): Float64Array;
  /** Its transpose. */
  transposed(g: Float64Array): Float64Array;
  /** The background's terms of the cost, the part of the model's errors, and the gradient, which may be z itself. */
  prior(z: Float64Array): { Jb: number; Jq: number; gradient: Float64Array };
  /** The background's Hessian times a vector; may be that vector itself. */
  priorProduct(dz: Float64Array): Float64Array;
  split(u: Float64Array): WindowUnknowns;
}

/** A stretch of the control and of the unknowns. */
interface Block {
  /** Where it begins, and how long it is, among the controls and among the unknowns. */
  readonly z: readonly [number, number];
  readonly u: readonly [number, number];
  readonly mean?: Float64Array;
  /** Undefined: the control is the unknown itself. */
  readonly root?: Covariance;
  readonly inverse?: Covariance;
}

/**
 * Blocks are u = mean + L v with L Lᵀ their covariance and ½|v|² as their cost: no inverse, so covariances may be singular; or the state
 * itself, with B⁻¹. The model's errors are one block a step.
 * @param steps model steps of the window
 */
export function controlMap(problem: WindowProblem, steps: number): ControlMap {
  const { background, control, bias, modelError, model } = problem;
  const { mean, covariance } = background;
  const n = mean.length;
  const blocks: Block[] = [];
  let [size, unknowns] = [0, 0];
  const add = (length: number, own: Pick<Block, "mean" | "root" | "inverse">): void => {
    const width = own.root?.sqrtSize ?? length;
    blocks.push({ z: [size, width], u: [unknowns, length], ...own });
    size += width;
    unknowns += length;
  };
  add(n, control === "state" ? { mean, inverse: covariance } : { mean, root: covariance });
  if (bias !== undefined) add(bias.mean.length, { mean: bias.mean, root: bias.covariance });
  const errorsAt = blocks.length;
  if (modelError !== undefined) {
    const root = modelError.scaled(model?.dt ?? 0);
    for (let k = 0; k < steps; k++) add(n, { root });
  }
  // Most windows have the state alone to find: what the root gives is all there is.
  const only = blocks.length === 1 ? blocks[0]!.root : undefined;
  const tangent = (dz: Float64Array): Float64Array => {
    if (only !== undefined) return only.applySqrt(dz);
    const out = new Float64Array(unknowns);
    for (const { z, u, root } of blocks) {
      const part = dz.subarray(z[0], z[0] + z[1]);
      out.set(root === undefined ? part : root.applySqrt(part), u[0]);
    }
    return out;
  };
  const priorProduct = (dz: Float64Array): Float64Array => {
    if (only !== undefined) return dz;
    const out = dz.slice();
    for (const { z, inverse } of blocks)
      if (inverse !== undefined) out.set(inverse.solve(dz.slice(z[0], z[0] + z[1])), z[0]);
    return out;
  };
  return {
    size,
    unknowns,
    start() {
      const out = new Float64Array(size);
      for (const { z, inverse, mean } of blocks) if (inverse !== undefined && mean !== undefined) out.set(mean, z[0]);
      return out;
    },
    apply(z) {
      const out = tangent(z);
      for (const { u, root, mean } of blocks)
        if (root !== undefined && mean !== undefined) for (let i = 0; i < u[1]; i++) out[u[0] + i]! += mean[i]!;
      return out;
    },
    tangent,
    transposed(g) {
      if (only !== undefined) return only.applySqrtTransposed(g);
      const out = new Float64Array(size);
      for (const { z, u, root } of blocks) {
        const part = g.subarray(u[0], u[0] + u[1]);
        out.set(root === undefined ? part : root.applySqrtTransposed(part), z[0]);
      }
      return out;
    },
    prior(z) {
      if (only !== undefined) {
        let sum = 0;
        for (let i = 0; i < size; i++) sum += z[i]! * z[i]!;
        return { Jb: 0.5 * sum, Jq: 0, gradient: z };
      }
      const departure = z.slice();
      for (const { z: at, inverse, mean } of blocks)
        if (inverse !== undefined && mean !== undefined)
          for (let i = 0; i < at[1]; i++) departure[at[0] + i]! -= mean[i]!;
      const gradient = priorProduct(departure);
      let [Jb, Jq] = [0, 0];
      blocks.forEach(({ z: at }, k) => {
        let cost = 0;
        for (let i = at[0]; i < at[0] + at[1]; i++) cost += departure[i]! * gradient[i]!;
        Jb += 0.5 * cost;
        if (k >= errorsAt) Jq += 0.5 * cost;
      });
      return { Jb, Jq, gradient };
    },
    priorProduct,
    split(u) {
      const errors = u.slice(blocks[errorsAt]?.u[0] ?? unknowns);
      return {
        state: u.slice(0, n),
        ...(bias !== undefined && { bias: u.slice(n, n + bias.mean.length) }),
        ...(modelError !== undefined && { errors }),
      };
    },
  };
}
