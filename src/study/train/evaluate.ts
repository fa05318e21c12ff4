import { largestLyapunovExponent } from "../../diagnostics/index.ts";
import { CapabilityError, CaseError, NumericalError } from "../../engine/errors/index.ts";
import type { CompileOptions } from "../../engine/execute/index.ts";
import type { Network } from "../../engine/nn/index.ts";
import type { StateData, TrainingData } from "./data.ts";
import type { Evaluation } from "./execution.ts";
import { testFit } from "./fit.ts";
import { forecastSkill, longestRollout } from "./skill.ts";
import type { EvaluationConfig } from "./types.ts";

const lyapunovTimes = 10;
const exponentSteps = 20_000;
const stepsWithoutExponent = 100;

/** Measures a network on the test part, as far as there is one. */
export async function evaluate(
  network: Network,
  parameters: Float64Array,
  data: TrainingData,
  config: EvaluationConfig,
  execution: CompileOptions,
): Promise<Evaluation> {
  if (data.kind === "pairs") {
    const fit = await testFit(network, parameters, data, execution);
    return fit === undefined ? {} : { fit };
  }
  const lyapunovExponent = await exponentOf(data, config);
  const steps = stepsOf(data, config, lyapunovExponent);
  const { starts, threshold } = config;
  const skill = await forecastSkill({ network, parameters, data, starts, steps, threshold, execution });
  return { ...(skill && { skill }), ...(lyapunovExponent !== undefined && { lyapunovExponent }) };
}

/**
 * Refuses rollouts that the test part is too short for.
 * @throws CaseError
 */
export function checkEvaluation(data: TrainingData, { steps }: EvaluationConfig): void {
  if (data.kind === "pairs" || data.test === undefined || steps === undefined) return;
  const longest = Math.max(...data.test.map((run) => run.shape[0]! - 1));
  if (steps > longest)
    throw new CaseError(
      "evaluation.steps",
      `expected at most ${longest}, as the test part has ${longest + 1} states in a row, got ${steps}`,
    );
}

/** The exponent given, or that of the model that the data come from; none where it has no tangent or isn't chaotic. */
async function exponentOf({ source }: StateData, { lyapunovExponent }: EvaluationConfig): Promise<number | undefined> {
  if (lyapunovExponent !== undefined || source === undefined) return lyapunovExponent;
  try {
    const { model, start } = source;
    const { mean, halfWidth } = await largestLyapunovExponent(model, { start, steps: exponentSteps });
    // Growth that the whole run shows in less than ten Lyapunov times isn't told from none.
    return mean > halfWidth && mean * exponentSteps * model.dt > lyapunovTimes ? mean : undefined;
  } catch (error) {
    if (error instanceof CapabilityError || error instanceof NumericalError) return undefined;
    throw error;
  }
}

function stepsOf({ test = [], dt }: StateData, { steps }: EvaluationConfig, exponent: number | undefined): number {
  if (steps !== undefined) return steps;
  const wanted = exponent === undefined ? stepsWithoutExponent : Math.ceil(lyapunovTimes / (exponent * dt));
  return Math.min(wanted, longestRollout(test));
}
