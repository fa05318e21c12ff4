import type { NdArray } from "../../../engine/tensor/index.ts";
import type { Covariance } from "../../../problem/covariance/index.ts";
import type { LoadedCase } from "../load.ts";

/** Methods whose background covariance at an observation time is what the case says. */
const constant: ReadonlySet<string> = new Set(["3dvar", "constant-covariance-kalman", "optimal-interpolation"]);

/** The constant covariance of every background; undefined of methods that have none. */
export async function assumedBackground({ problem }: LoadedCase): Promise<Covariance | undefined> {
  const { method, methodCovariances, background, climatology } = problem;
  if (!constant.has(method.name)) return undefined;
  const choice = methodCovariances.get("covariance");
  if (choice === undefined) return background.covariance;
  return "climatological" in choice ? (await climatology()).covariance.scaled(choice.climatological) : choice;
}

/** The mean over the times of the errors' covariance, [m, m]. */
export function assumedErrors({ problem }: LoadedCase): Float64Array {
  const { network } = problem;
  const times = new Map<Covariance, number>();
  for (const { error } of network) times.set(error, (times.get(error) ?? 0) + 1);
  const [first] = network;
  const sum = new Float64Array(first!.error.size ** 2);
  for (const [error, count] of times)
    error.dense().forEach((value, i) => {
      sum[i]! += (value * count) / network.length;
    });
  return sum;
}

/** H B Hᵀ, [m, m]: a product with B for each observation. */
export function asObserved(B: Covariance, { data: H, shape }: NdArray): Float64Array {
  const [m, n] = [shape[0]!, shape[1]!];
  const out = new Float64Array(m * m);
  for (let i = 0; i < m; i++) {
    const column = B.apply(H.slice(i * n, (i + 1) * n));
    for (let j = 0; j < m; j++) {
      let sum = 0;
      for (let k = 0; k < n; k++) sum += H[j * n + k]! * column[k]!;
      out[i * m + j] = sum;
    }
  }
  return out.map((value, at) => (value + out[(at % m) * m + Math.floor(at / m)]!) / 2);
}
