import { ArgumentError } from "../../engine/errors/index.ts";
import { Algorithms } from "./algorithms.ts";
import type { Parameters } from "./parameters.ts";

type Check = { readonly expected: string; holds(value: unknown): boolean };

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;
const numbers: Check = {
  expected: "numbers: a list, nested lists, a Float64Array or { data, shape }",
  holds: (value) => Array.isArray(value) || ArrayBuffer.isView(value) || (isObject(value) && "data" in value),
};
const matrix: Check = {
  expected: "a matrix or a covariance",
  holds: (value) => numbers.holds(value) || (isObject(value) && "applySqrt" in value),
};
const sequence: Check = {
  expected: "a list of numbers",
  holds: (value) =>
    (Array.isArray(value) && value.every((entry) => typeof entry === "number")) || ArrayBuffer.isView(value),
};
const count = (least: number): Check => ({
  expected: `an integer of at least ${least}`,
  holds: (value) => Number.isSafeInteger(value) && Number(value) >= least,
});

/** What the parameters may be; numbers in arrays and their shapes are looked at when the case is executed. */
const checks: Readonly<Record<keyof Parameters, Check>> = {
  algorithm: {
    expected: `one of ${Object.values(Algorithms).join(", ")}`,
    holds: (value) => Object.values<unknown>(Algorithms).includes(value),
  },
  device: { expected: '"cpu" or "gpu"', holds: (value) => value === "cpu" || value === "gpu" },
  observationModel: {
    expected: "a matrix, a function or an operator",
    holds: (value) => typeof value === "function" || numbers.holds(value) || (isObject(value) && "apply" in value),
  },
  backgroundCovarianceMatrix: matrix,
  observationCovarianceMatrix: matrix,
  backgroundState: numbers,
  observations: numbers,
  forwardModel: {
    expected: "a function M(x, times), a network read by readOnnx, { network } or a model",
    holds: (value) =>
      typeof value === "function" ||
      (isObject(value) && ("toGraph" in value || "network" in value || "advance" in value)),
  },
  outputSequenceLength: count(1),
  observationTimeSteps: sequence,
  gaps: sequence,
  numEnsembles: count(2),
  startTime: { expected: "a finite number", holds: (value) => Number.isFinite(value) },
  optimizerCls: {
    expected: "an optimiser's name or function",
    holds: (value) => typeof value === "string" || typeof value === "function",
  },
  optimizerArgs: { expected: "an object of arguments", holds: (value) => isObject(value) && !Array.isArray(value) },
  maxIterations: count(1),
  earlyStop: { expected: "[patience, tolerance]", holds: isObject },
  recordLog: {
    expected: "true, false or a function",
    holds: (value) => ["boolean", "function"].includes(typeof value),
  },
  args: { expected: "a list", holds: Array.isArray },
  seed: count(0),
};

export function isParameter(name: string): name is keyof Parameters {
  return Object.hasOwn(checks, name);
}

/** @throws ArgumentError for a value of a wrong type */
export function checkParameter(name: keyof Parameters, value: unknown): void {
  const { expected, holds } = checks[name];
  if (value === undefined || !holds(value))
    throw new ArgumentError(name, `expected ${expected}, got ${described(value)}`);
}

function described(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  return typeof value === "object" && value !== null ? (Array.isArray(value) ? "a list" : "an object") : String(value);
}
