import { modelClimatology } from "../cycle/index.ts";
import { type CaseProblem, makeProblem } from "./problem.ts";
import { resolveCase } from "./resolve.ts";
import { type CaseReader, type CaseTools, caseTools, type ModuleLoader } from "./tools.ts";
import type { Case } from "./types.ts";

export interface LoadCaseOptions {
  /** Folder that the case's paths are relative to; Node's reader, confined to it, is used when no `reader` is given. */
  readonly base?: string;
  /** Reads the case's files. */
  readonly reader?: CaseReader;
  /** Whether modules may be loaded, that is, run; or what loads them. False by default. */
  readonly modules?: boolean | ModuleLoader;
}

/** A case with every default, and its parts. */
export interface LoadedCase {
  readonly config: Case;
  readonly problem: CaseProblem;
}

/**
 * Reads a case's files and makes its parts, without running anything.
 * @throws CaseError, FileError for a case that is wrong
 */
export async function loadCase(input: unknown, options: LoadCaseOptions = {}): Promise<LoadedCase> {
  const config = resolveCase(input);
  return { config, problem: await loadProblem(config, options) };
}

/** The parts of a resolved case. */
export async function loadProblem(config: Case, options: LoadCaseOptions): Promise<CaseProblem> {
  return makeProblem(config, await toolsOf(options), (model, start) => modelClimatology(model, { start }));
}

async function toolsOf({ base, reader, modules = false }: LoadCaseOptions): Promise<CaseTools> {
  const needsNode = base !== undefined && (reader === undefined || modules === true);
  const node = needsNode ? await import("./node.ts") : undefined;
  const loader =
    typeof modules === "function" ? modules : modules && base !== undefined ? node?.moduleLoader(base) : undefined;
  return caseTools(reader ?? (base === undefined ? undefined : node?.nodeReader(base)), loader);
}
