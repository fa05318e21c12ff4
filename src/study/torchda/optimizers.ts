import { ArgumentError } from "../../engine/errors/index.ts";
import { adam, adamw, type EarlyStop, lbfgs, type Minimizer, sgd } from "../../engine/minimize/index.ts";

/** An optimiser: PyTorch's name of it, or the function of ours that makes one. */
export type OptimizerClass =
  | "Adam"
  | "AdamW"
  | "SGD"
  | "LBFGS"
  | typeof adam
  | typeof adamw
  | typeof sgd
  | typeof lbfgs;

/** PyTorch's arguments of its optimisers, under their names or ours. */
export interface OptimizerArguments {
  readonly lr?: number;
  readonly learningRate?: number;
  readonly betas?: readonly [number, number];
  readonly eps?: number;
  readonly momentum?: number;
  /** Of AdamW; PyTorch's default, 0.01, pulls analyses to zero, so it is 0 here. */
  readonly weightDecay?: number;
  readonly weight_decay?: number;
}

export type EarlyStopArgument = EarlyStop | readonly [patience: number, tolerance: number];

/** Optimisers of PyTorch that aren't here. */
const missing = ["Adadelta", "Adagrad", "Adamax", "ASGD", "NAdam", "RAdam", "RMSprop", "Rprop", "SparseAdam"];
const names = { Adam: adam, AdamW: adamw, SGD: sgd, LBFGS: lbfgs } as const;
const known = ["lr", "learningRate", "betas", "eps", "momentum", "weightDecay", "weight_decay"];

/**
 * The minimiser that an optimiser, its arguments and the stopping rules stand for. Rates are those of TorchDA's cost, which has no ½.
 * @throws ArgumentError for an optimiser or an argument that isn't there, naming what is
 */
export function minimizerOf(
  optimizer: OptimizerClass,
  args: OptimizerArguments,
  iterations: number,
  earlyStop: EarlyStopArgument | undefined,
): Minimizer {
  const make = typeof optimizer === "string" ? named(optimizer) : optimizer;
  for (const key of Object.keys(args))
    if (!known.includes(key))
      throw new ArgumentError(`optimizerArgs.${key}`, `expected one of ${known.join(", ")}, got "${key}"`);
  const { betas, eps, momentum } = args;
  const learningRate = args.lr ?? args.learningRate;
  const decay = args.weightDecay ?? args.weight_decay;
  const stop = earlyStop === undefined ? undefined : earlyStopOf(earlyStop);
  const common = {
    iterations,
    ...(stop && { earlyStop: stop }),
    ...(learningRate !== undefined && { learningRate }),
  };
  const moments = {
    ...common,
    ...(betas && { beta1: betas[0], beta2: betas[1] }),
    ...(eps !== undefined && { epsilon: eps }),
  };
  if (make === adam) return adam(moments);
  if (make === adamw) return adamw({ ...moments, ...(decay !== undefined && { decay }) });
  if (make === sgd) return sgd({ ...common, ...(momentum !== undefined && { momentum }) });
  if (stop !== undefined)
    throw new ArgumentError("earlyStop", "LBFGS stops when the gradient has fallen: leave earlyStop out, or take Adam");
  return lbfgs({ iterations });
}

function named(name: string): (typeof names)[keyof typeof names] {
  for (const [key, make] of Object.entries(names)) if (key === name) return make;
  throw new ArgumentError(
    "optimizerCls",
    `expected ${Object.keys(names).join(", ")} or adam, adamw, sgd, lbfgs of onda-da, got "${name}"${missing.includes(name) ? ", which Onda doesn't have: Adam is nearest, LBFGS converges fastest" : ""}`,
  );
}

function earlyStopOf(rule: EarlyStopArgument): EarlyStop {
  if (!isPair(rule)) return rule;
  const [patience, tolerance] = rule;
  if (rule.length !== 2)
    throw new ArgumentError("earlyStop", `expected [patience, tolerance], got ${rule.length} values`);
  return { patience, tolerance };
}

function isPair(rule: EarlyStopArgument): rule is readonly [number, number] {
  return Array.isArray(rule);
}
