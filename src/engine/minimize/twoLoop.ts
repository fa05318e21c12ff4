/** The last steps and gradient changes, from which L-BFGS builds its approximate inverse Hessian. */
export interface Memory {
  readonly steps: Float64Array[];
  readonly changes: Float64Array[];
  /** 1/(sᵀy) of each pair. */
  readonly rhos: number[];
}

/** An empty memory. */
export function emptyMemory(): Memory {
  return { steps: [], changes: [], rhos: [] };
}

/**
 * Adds the pair s, y (not copied) and drops the oldest one beyond `limit`; a pair without positive curvature is left
 * out. O(n).
 */
export function remember(memory: Memory, s: Float64Array, y: Float64Array, limit: number): void {
  const sy = dot(s, y);
  if (!(sy > Number.EPSILON * Math.sqrt(dot(s, s)) * Math.sqrt(dot(y, y)))) return;
  memory.steps.push(s);
  memory.changes.push(y);
  memory.rhos.push(1 / sy);
  if (memory.steps.length > limit) {
    memory.steps.shift();
    memory.changes.shift();
    memory.rhos.shift();
  }
}

/**
 * d ← −H·g, H the approximate inverse Hessian that starts from sᵀy/yᵀy times the identity. O(4 n pairs).
 * @see [Nocedal1980]
 */
export function quasiNewtonDirection(memory: Memory, gradient: Float64Array, d: Float64Array): void {
  const { steps, changes, rhos } = memory;
  const pairs = steps.length;
  for (let i = 0; i < d.length; i++) d[i] = -gradient[i]!;
  if (pairs === 0) return;
  const alphas = new Float64Array(pairs);
  for (let k = pairs - 1; k >= 0; k--) {
    const alpha = rhos[k]! * dot(steps[k]!, d);
    alphas[k] = alpha;
    add(d, -alpha, changes[k]!);
  }
  const last = changes[pairs - 1]!;
  const scale = 1 / (rhos[pairs - 1]! * dot(last, last));
  for (let i = 0; i < d.length; i++) d[i] = scale * d[i]!;
  for (let k = 0; k < pairs; k++) add(d, alphas[k]! - rhos[k]! * dot(changes[k]!, d), steps[k]!);
}

/** The inner product. */
export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function add(target: Float64Array, factor: number, x: Float64Array): void {
  for (let i = 0; i < target.length; i++) target[i] = target[i]! + factor * x[i]!;
}
