import { ArgumentError, NumericalError } from "../../engine/errors/index.ts";
import type { RandomStream, RandomStreams } from "../../engine/random/index.ts";
import { allFinite, type NdArray } from "../../engine/tensor/index.ts";
import type { Problem } from "../method.ts";
import { drawMembers } from "./draws.ts";
import { checkForecast } from "./forecast.ts";
import type { Interval } from "./sequential.ts";

/**
 * What an ensemble does about failures. `stop`: the error is thrown. `drop-member`: a member that blows up is replaced by a
 * draw from the others' mean and covariance; other failures stop. `restart`: the whole ensemble is drawn anew from the climatology
 * (from the background where there is none), also when it has collapsed or an analysis fails.
 */
export type OnFailure = "stop" | "drop-member" | "restart";

/** @throws ArgumentError for another word */
export function checkOnFailure(value: OnFailure): OnFailure {
  if (value !== "stop" && value !== "drop-member" && value !== "restart")
    throw new ArgumentError("onFailure", `expected stop, drop-member or restart, got ${value}`);
  return value;
}

/** A new ensemble of N members from the climatology or the background, from the streams "restart" of a cycle. */
export async function restarted(problem: Problem, N: number, streams: RandomStreams, cycle: number): Promise<NdArray> {
  const { mean, covariance } = await (problem.climatology?.() ?? problem.background);
  return drawMembers(mean, covariance, N, (member) => streams.stream("restart", cycle, member));
}

/** What is done with a forecast whose members may have blown up. */
export function mender(
  problem: Problem,
  streams: RandomStreams,
  onFailure: OnFailure,
): (E: NdArray, interval: Interval) => Promise<NdArray> | NdArray {
  return (E, interval) => {
    const [N, n] = [E.shape[0]!, E.shape[1]!];
    const lost: number[] = [];
    for (let member = 0; member < N; member++) if (!allFinite(E.data, member * n, (member + 1) * n)) lost.push(member);
    if (lost.length === 0) return E;
    if (onFailure === "restart") return restarted(problem, N, streams, interval.cycle);
    if (onFailure === "stop" || N - lost.length < 2) checkForecast(problem.model, E.data, interval);
    return replaced(E, lost, (member) => streams.stream("replacement", interval.cycle, member));
  };
}

/** Members with those at `lost` drawn anew from mean and covariance of the others. */
export function replaced(E: NdArray, lost: readonly number[], stream: (member: number) => RandomStream): NdArray {
  const [N, n] = [E.shape[0]!, E.shape[1]!];
  const kept = Array.from({ length: N }, (_, member) => member).filter((member) => !lost.includes(member));
  const mean = new Float64Array(n);
  for (const member of kept) for (let i = 0; i < n; i++) mean[i]! += E.data[member * n + i]! / kept.length;
  const data = E.data.slice();
  for (const member of lost) {
    const weights = stream(member).normals(kept.length);
    const row = mean.slice();
    kept.forEach((from, k) => {
      const factor = weights[k]! / Math.sqrt(kept.length - 1);
      for (let i = 0; i < n; i++) row[i]! += factor * (E.data[from * n + i]! - mean[i]!);
    });
    data.set(row, member * n);
  }
  return { data, shape: E.shape };
}

/** @throws NumericalError when all members are one state */
export function checkSpread(mean: Float64Array, deviations: Float64Array): void {
  if (deviations.some((value, i) => value > 1e-14 * Math.abs(mean[i]!))) return;
  throw new NumericalError(
    "ensemble",
    "expected members that differ, got a collapsed ensemble of equal ones: nothing can be assimilated; give it inflation, model error, or more members",
    { code: "numerical/collapsed" },
  );
}
