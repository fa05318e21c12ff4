import { CaseError } from "../../engine/errors/index.ts";
import { got } from "../case/describe.ts";
import { check } from "../case/issues.ts";
import { closest } from "../case/suggest.ts";
import { dataSchemas } from "./data.schema.ts";
import { type LayerConfig, layerSchemas } from "./layers.schema.ts";
import { type StageConfig, stageSchema } from "./stage.schema.ts";
import { trainingSchema } from "./training.schema.ts";
import type { DataConfig, NetworkConfig, Training } from "./types.ts";

/**
 * Checks a training as far as it goes without its files and fills in every default. A resolved training resolves to itself.
 * @throws CaseError that names the key path, what was expected and what came
 */
export function resolveTraining(value: unknown): Training {
  if (!isMapping(value))
    throw new CaseError("training", `expected a mapping with data, network and training, got ${got(value)}`);
  const shell = check(trainingSchema, value);
  const data = resolveData(shell.data);
  const stages = shell.training ?? {};
  return {
    ...shell,
    data,
    network: {
      predicts: predicts(shell.network.predicts, data),
      normalize: shell.network.normalize,
      layers: resolveLayers(shell.network.layers, "network.layers"),
    },
    training: Array.isArray(stages) ? stageList(stages) : [check(stageSchema, stages, "training")],
  };
}

function resolveData(value: unknown): DataConfig {
  const place = "data";
  const kinds = ["model", "trajectory", "trajectories", "inputs"] as const;
  const wanted = "a mapping with model, trajectory, trajectories or inputs";
  if (value === undefined) throw new CaseError(place, `missing; expected ${wanted}`);
  if (!isMapping(value)) throw new CaseError(place, `expected ${wanted}, got ${got(value)}`);
  // A model's data have `trajectories` too, a number of runs.
  const chosen = kinds.filter((kind) => kind in value && !(kind === "trajectories" && "model" in value));
  const [kind] = chosen;
  if (kind === undefined) {
    const meant = Object.keys(value).flatMap((key) => closest(key, kinds) ?? ("targets" === key ? "inputs" : []));
    const hint = meant.length === 0 ? "" : `; did you mean ${meant[0]}?`;
    throw new CaseError(place, `expected ${wanted}, got ${got(value)}${hint}`);
  }
  if (chosen.length > 1)
    throw new CaseError(place, `expected only one of ${kinds.join(", ")}, got ${chosen.join(" and ")}`);
  return check<DataConfig>(dataSchemas[kind], value, place);
}

function predicts(given: NetworkConfig["predicts"] | undefined, data: DataConfig): NetworkConfig["predicts"] {
  const pairs = "inputs" in data;
  if (given === undefined) return pairs ? "output" : "increment";
  if (pairs === (given === "output")) return given;
  throw new CaseError(
    "network.predicts",
    pairs
      ? `expected output, as data has inputs and targets, got ${given}`
      : "expected increment or state, as data are states that follow one another, got output",
  );
}

function stageList(stages: readonly unknown[]): StageConfig[] {
  if (stages.length === 0) throw new CaseError("training", "expected at least one stage, got an empty list");
  return stages.map((stage, i) => check(stageSchema, stage, `training[${i}]`));
}

function resolveLayers(layers: readonly unknown[], place: string): LayerConfig[] {
  return layers.map((layer, i) => resolveLayer(layer, `${place}[${i}]`));
}

function resolveLayer(value: unknown, place: string): LayerConfig {
  const names = Object.keys(layerSchemas);
  if (!isMapping(value))
    throw new CaseError(place, `expected a layer such as { dense: 64, activation: tanh }, got ${got(value)}`);
  // `activation` is a layer of its own where it stands alone.
  const keys = names.filter((name) => name in value);
  const chosen = keys.length > 1 ? keys.filter((name) => name !== "activation") : keys;
  const [name] = chosen;
  if (chosen.length > 1) throw new CaseError(place, `expected one layer, got ${chosen.join(" and ")} in one`);
  if (name === undefined) {
    const meant = Object.keys(value).flatMap((key) => closest(key, names) ?? []);
    const hint = meant.length === 0 ? `; there are ${names.join(", ")}` : `; did you mean ${meant[0]}?`;
    throw new CaseError(place, `expected a layer such as { dense: 64 }, got ${got(value)}${hint}`);
  }
  const checked = check(layerSchemas[name]!, value, place);
  return "residual" in checked ? { residual: resolveLayers(checked.residual, `${place}.residual`) } : checked;
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
