import type { Network } from "../../engine/nn/index.ts";
import { version } from "../case/version.ts";
import type { TrainingData } from "./data.ts";
import type { Evaluation, StageResult } from "./execution.ts";
import type { Skill } from "./skill.ts";
import type { Training } from "./types.ts";

type Numbers = Readonly<Record<string, number>>;

/** What is known of a stage in numbers. */
export interface StageSummary {
  readonly epochs: number;
  readonly bestEpoch?: number;
  /** The smallest loss watched: the validation's, or the training's where there is none. */
  readonly bestLoss?: number;
  readonly ended: StageResult["ended"];
}

/** summary.json. Numbers that are not finite are left out. */
export interface TrainSummary {
  readonly onda: string;
  readonly training: string;
  readonly seed: number;
  readonly status: "done" | "stopped" | "failed";
  readonly reason?: string;
  readonly parameters: number;
  /** Time that the network steps over, of states. */
  readonly dt?: number;
  /** States or samples that were learned from, validated on and tested on. */
  readonly data: Numbers;
  readonly stages: readonly StageSummary[];
  readonly epochs: number;
  /** Of the test part. */
  readonly skill?: {
    readonly starts: number;
    readonly horizon: number;
    /** Quartiles over the starts, in units of time and, where the exponent is known, in Lyapunov times. */
    readonly validTime: Numbers;
    readonly validLyapunovTimes?: Numbers;
    readonly lyapunovExponent?: number;
    /** Starts whose error stays below the threshold up to the horizon. */
    readonly beyondHorizon: number;
    /** After one step, in units of the climatological deviation. */
    readonly oneStep: Numbers;
  };
  readonly fit?: Numbers;
  readonly seconds: Numbers;
  readonly peakMemoryBytes?: number;
}

export interface TrainSummaryInput extends Evaluation {
  readonly config: Training;
  readonly network: Network;
  readonly data: TrainingData;
  readonly status: TrainSummary["status"];
  readonly reason: string | undefined;
  readonly stages: readonly StageResult[];
  readonly epochs: number;
  readonly seconds: Numbers;
  readonly peakMemoryBytes: number | undefined;
}

/** The numbers of a training. */
export function summarizeTraining(input: TrainSummaryInput): TrainSummary {
  const { config, network, data, status, reason, skill, fit, peakMemoryBytes } = input;
  return {
    onda: version,
    training: config.title,
    seed: config.seed,
    status,
    ...(reason !== undefined && { reason }),
    parameters: network.size,
    ...(data.kind === "states" && { dt: data.dt }),
    data: { train: countOf(data, "train"), validation: countOf(data, "validation"), test: countOf(data, "test") },
    stages: input.stages.map(({ epochs, best, ended }) => ({
      epochs,
      ...(best.epoch >= 0 && { bestEpoch: best.epoch, bestLoss: best.loss }),
      ended,
    })),
    epochs: input.epochs,
    ...(skill && { skill: skillSummary(skill, input.lyapunovExponent) }),
    ...(fit && { fit: finite({ rmse: fit.rmse, normalized: fit.normalized }) }),
    seconds: input.seconds,
    ...(peakMemoryBytes !== undefined && { peakMemoryBytes }),
  };
}

function skillSummary(skill: Skill, lyapunovExponent: number | undefined): TrainSummary["skill"] & object {
  const validTime = quartiles(skill.validTimes);
  const scaled = (factor: number): Numbers =>
    Object.fromEntries(Object.entries(validTime).map(([name, value]) => [name, value * factor]));
  return {
    starts: skill.validTimes.length,
    horizon: skill.leadTimes.at(-1)!,
    validTime,
    ...(lyapunovExponent !== undefined && { validLyapunovTimes: scaled(lyapunovExponent), lyapunovExponent }),
    beyondHorizon: skill.beyond,
    oneStep: finite({
      rmse: skill.rmse[0]!,
      persistence: skill.persistence[0]!,
      climatology: skill.climatology[0]!,
    }),
  };
}

/** Median and quartiles, each one of the values. */
function quartiles(values: Float64Array): Numbers {
  const sorted = values.slice().sort();
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))]!;
  return { lower: at(0.25), median: at(0.5), upper: at(0.75) };
}

function countOf(data: TrainingData, part: "train" | "validation" | "test"): number {
  if (data.kind === "pairs") return data[part]?.[0].shape[0] ?? 0;
  return (data[part] ?? []).reduce((sum, run) => sum + run.shape[0]!, 0);
}

function finite(numbers: Numbers): Numbers {
  return Object.fromEntries(Object.entries(numbers).filter(([, value]) => Number.isFinite(value)));
}
