import { ArgumentError } from "../../engine/errors/index.ts";
import type { CompileOptions } from "../../engine/execute/index.ts";
import type { NdArray } from "../../engine/tensor/index.ts";
import { type Algorithm, Algorithms } from "./algorithms.ts";
import { checkParameter, isParameter } from "./checks.ts";
import { applyEnKF } from "./ensemble.ts";
import type { Parameters } from "./parameters.ts";
import { apply3DVar, apply4DVar, type IntermediateResults, type VariationalResult } from "./variational.ts";

/** What a case has found, under TorchDA's names. */
export interface Results {
  /** EnKF: mean of the members at all model steps [steps + 1, n]. */
  readonly average_ensemble_all_states?: NdArray;
  /** EnKF: the members [steps + 1, members, n]. */
  readonly each_ensemble_all_states?: NdArray;
  /** 3D-Var and 4D-Var. */
  readonly assimilated_state?: NdArray;
  readonly intermediate_results?: IntermediateResults;
  /** How the minimisation ended; TorchDA doesn't say. */
  readonly status?: string;
}

/**
 * TorchDA's case builder: parameters one by one or all at once, then `execute`. Setters check what they are given and return the
 * builder. Nothing is computed before `execute`.
 */
export class CaseBuilder {
  readonly caseName: string;
  #parameters: Parameters = {};
  #results: Results | undefined;

  /** @throws ArgumentError for a parameter that isn't there or has a wrong type */
  constructor(caseName = "case", parameters: Parameters = {}) {
    if (typeof caseName !== "string") throw new ArgumentError("caseName", `expected a text, got ${typeof caseName}`);
    this.caseName = caseName;
    this.setParameters(parameters);
  }

  /** Sets several. @throws ArgumentError for one that isn't there or has a wrong type; none is set then */
  setParameters(parameters: Parameters): this {
    if (typeof parameters !== "object" || parameters === null)
      throw new ArgumentError(
        "parameters",
        `expected an object, got ${parameters === null ? "null" : typeof parameters}`,
      );
    for (const [name, value] of Object.entries(parameters)) {
      if (!isParameter(name)) throw new ArgumentError(`parameters.${name}`, "is not a parameter of a case");
      checkParameter(name, value);
    }
    this.#parameters = { ...this.#parameters, ...parameters };
    return this;
  }

  /** Sets one, by its name. */
  #set<K extends keyof Parameters>(name: K, value: Parameters[K]): this {
    checkParameter(name, value);
    this.#parameters = { ...this.#parameters, [name]: value };
    return this;
  }

  setAlgorithm(value: Algorithm): this {
    return this.#set("algorithm", value);
  }
  setDevice(value: "cpu" | "gpu"): this {
    return this.#set("device", value);
  }
  setObservationModel(value: Parameters["observationModel"]): this {
    return this.#set("observationModel", value);
  }
  setBackgroundCovarianceMatrix(value: Parameters["backgroundCovarianceMatrix"]): this {
    return this.#set("backgroundCovarianceMatrix", value);
  }
  setObservationCovarianceMatrix(value: Parameters["observationCovarianceMatrix"]): this {
    return this.#set("observationCovarianceMatrix", value);
  }
  setBackgroundState(value: Parameters["backgroundState"]): this {
    return this.#set("backgroundState", value);
  }
  setObservations(value: Parameters["observations"]): this {
    return this.#set("observations", value);
  }
  setForwardModel(value: Parameters["forwardModel"]): this {
    return this.#set("forwardModel", value);
  }
  setOutputSequenceLength(value: number): this {
    return this.#set("outputSequenceLength", value);
  }
  setObservationTimeSteps(value: ArrayLike<number>): this {
    return this.#set("observationTimeSteps", value);
  }
  setGaps(value: ArrayLike<number>): this {
    return this.#set("gaps", value);
  }
  setNumEnsembles(value: number): this {
    return this.#set("numEnsembles", value);
  }
  setStartTime(value: number): this {
    return this.#set("startTime", value);
  }
  setOptimizerCls(value: Parameters["optimizerCls"]): this {
    return this.#set("optimizerCls", value);
  }
  setOptimizerArgs(value: Parameters["optimizerArgs"]): this {
    return this.#set("optimizerArgs", value);
  }
  setMaxIterations(value: number): this {
    return this.#set("maxIterations", value);
  }
  setEarlyStop(value: Parameters["earlyStop"]): this {
    return this.#set("earlyStop", value);
  }
  setRecordLog(value: Parameters["recordLog"]): this {
    return this.#set("recordLog", value);
  }
  setArgs(value: readonly unknown[]): this {
    return this.#set("args", value);
  }
  setSeed(value: number): this {
    return this.#set("seed", value);
  }

  /** The parameters so far. */
  getParametersDict(): Parameters {
    return { ...this.#parameters };
  }

  /**
   * Runs the case.
   * @throws ArgumentError for a parameter that the algorithm needs and that wasn't set; what its function throws
   */
  async execute(): Promise<Results> {
    const { algorithm } = this.#parameters;
    if (algorithm === undefined)
      throw new ArgumentError(
        "algorithm",
        `expected one of ${Object.values(Algorithms).join(", ")}: call setAlgorithm`,
      );
    this.#results = undefined;
    const results = await this.#run(algorithm);
    this.#results = results;
    return { ...results };
  }

  /** @throws ArgumentError before `execute` */
  getResultsDict(): Results {
    if (this.#results === undefined)
      throw new ArgumentError("results", `case "${this.caseName}" hasn't been executed: await execute() first`);
    return { ...this.#results };
  }

  /** One result by name. @throws ArgumentError before `execute`, or for a name that this algorithm doesn't give */
  getResult<K extends keyof Results>(name: K): NonNullable<Results[K]> {
    const results = this.getResultsDict();
    const value = results[name];
    if (value === undefined)
      throw new ArgumentError("name", `expected one of ${Object.keys(results).join(", ")}, got "${name}"`);
    return value;
  }

  async #run(algorithm: Algorithm): Promise<Results> {
    const need = <K extends keyof Parameters>(name: K): NonNullable<Parameters[K]> => {
      const value = this.#parameters[name];
      if (value === undefined)
        throw new ArgumentError(name, `is needed by ${algorithm}: call set${name[0]!.toUpperCase()}${name.slice(1)}`);
      return value;
    };
    const H = need("observationModel");
    const B = need("backgroundCovarianceMatrix");
    const R = need("observationCovarianceMatrix");
    const x = need("backgroundState");
    const y = need("observations");
    if (algorithm === "3DVar") return variational(await apply3DVar(H, B, R, x, y, this.#minimization()));
    const times = need("observationTimeSteps");
    const gaps = need("gaps");
    const M = need("forwardModel");
    const { args, outputSequenceLength, startTime, seed } = this.#parameters;
    const forward = { ...(args && { args }), ...(outputSequenceLength !== undefined && { outputSequenceLength }) };
    if (algorithm === "4DVar")
      return variational(await apply4DVar(times, gaps, M, H, B, R, x, y, { ...this.#minimization(), ...forward }));
    const { average, each } = await applyEnKF(times, gaps, need("numEnsembles"), M, H, B, R, x, y, {
      ...forward,
      ...(startTime !== undefined && { startTime }),
      ...(seed !== undefined && { seed }),
    });
    return { average_ensemble_all_states: average, each_ensemble_all_states: each };
  }

  #minimization() {
    const { optimizerCls, optimizerArgs, maxIterations, earlyStop, recordLog, device } = this.#parameters;
    const compute: CompileOptions | undefined = device === "gpu" ? { device } : undefined;
    return {
      ...(optimizerCls && { optimizerCls }),
      ...(optimizerArgs && { optimizerArgs }),
      ...(maxIterations !== undefined && { maxIterations }),
      ...(earlyStop && { earlyStop }),
      ...(recordLog !== undefined && { recordLog }),
      ...(compute && { compute }),
    };
  }
}

function variational({ assimilatedState, intermediateResults, status }: VariationalResult): Results {
  return { assimilated_state: assimilatedState, intermediate_results: intermediateResults, status };
}
