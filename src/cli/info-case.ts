import { dirname } from "node:path";
import { OndaError } from "../engine/errors/index.ts";
import { type Covariance, dirac } from "../problem/covariance/index.ts";
import { caseText, type LoadedCase, loadCase, resolveCase } from "../study/case/index.ts";
import { nodeReader, readCaseFile } from "../study/case/node.ts";
import { impulsePlot } from "./impulse-plot.ts";
import type { Io } from "./io.ts";
import type { Style } from "./style.ts";

/** Kinds without correlations: there is nothing to see. */
const plain: ReadonlySet<string> = new Set(["scalar", "diagonal"]);

/** What a case says with every default, and what its covariances look like: their answer to one observation. */
export async function describeCase(path: string, file: string, io: Io, { bold, dim }: Style): Promise<string> {
  const config = resolveCase(await readCaseFile(path, file));
  const text = `${bold(config.title)} ${dim("with every default filled in")}\n\n${caseText(config)}`;
  let loaded: LoadedCase;
  try {
    // Code of the case's own isn't run only to describe it.
    loaded = await loadCase(config, { reader: nodeReader(dirname(path), { anywhere: true }), modules: false });
  } catch (error) {
    if (!(error instanceof OndaError)) throw error;
    return `${text}\n${dim(`no pictures of its covariances: ${error.message}`)}\n`;
  }
  const pictures = covariancesOf(loaded).map(([key, covariance, shape]) => {
    const middle = shape.reduce((at, extent) => at * extent + Math.floor(extent / 2), 0);
    const response = dirac(covariance, middle);
    const std = Math.sqrt(covariance.diagonal()[middle]!);
    const label = `${bold(key)} ${dim(`${covariance.kind}: what an observation of component ${middle} moves; standard deviation there ${std.toPrecision(3)}`)}`;
    return `\n${label}\n${impulsePlot(response, middle, shape, io.columns)}`;
  });
  return text + pictures.join("");
}

function covariancesOf({ config, problem }: LoadedCase): [string, Covariance, readonly number[]][] {
  const { background, modelError, methodCovariances, network, model } = problem;
  const [first] = network;
  const all: [string, unknown, Covariance | undefined][] = [
    ["initial.covariance", config.initial.covariance, background.covariance],
    ["modelError", config.modelError, modelError],
    ["observations.error", config.observations.error, first?.error],
    ...[...methodCovariances].map(([key, choice]): [string, unknown, Covariance | undefined] => [
      `method.${key}`,
      config.method,
      "climatological" in choice ? undefined : choice,
    ]),
  ];
  return all.flatMap(([key, said, covariance]): [string, Covariance, readonly number[]][] => {
    if (covariance === undefined || plain.has(covariance.kind)) return [];
    const grid = gridIn(said) ?? (model.size === covariance.size ? model.shape : [covariance.size]);
    const points = grid.reduce((a, b) => a * b, 1);
    return [[key, covariance, covariance.size % points === 0 ? grid : [covariance.size]]];
  });
}

/** The shape of the first grid that a part of a case names. */
function gridIn(value: unknown): number[] | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if ("name" in value && value.name === "grid" && "shape" in value && Array.isArray(value.shape))
    return value.shape.map(Number);
  for (const entry of Object.values(value)) {
    const found = gridIn(entry);
    if (found !== undefined) return found;
  }
  return undefined;
}
