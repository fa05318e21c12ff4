import { CaseError } from "../../engine/errors/index.ts";
import { type CompileOptions, findDevice } from "../../engine/execute/index.ts";
import { at } from "./tools.ts";
import type { ComputeConfig } from "./types.ts";

/** The keys that errors about what isn't there belong to. */
const keys: Readonly<Record<string, string>> = {
  "capability/device": "device",
  "capability/onnxruntime": "executor",
};

/** How a case is computed here, and what to say about it. */
export interface CaseCompute {
  /** Left out for the defaults. */
  readonly compute?: CompileOptions;
  readonly notes: readonly string[];
}

/**
 * Options for a case that is computed by `threads` threads. Finds out whether what a case asks for is there.
 * @throws CaseError when it isn't
 */
export async function caseCompute(config: ComputeConfig, threads: number): Promise<CaseCompute> {
  const { executor, dtype, device } = config;
  if (executor === "auto" && dtype === "float64" && device === "cpu" && threads === 1) return { notes: [] };
  const found = await at("compute", () => findDevice({ ...config, threads })).catch((error: unknown) => {
    throw error instanceof CaseError && keys[error.code] !== undefined
      ? new CaseError(`compute.${keys[error.code]}`, error.message.replace(/^compute: (\w+ \w+: )?/, ""), error.code)
      : error;
  });
  return {
    compute: { executor, dtype, device: found.device, threads },
    notes: found.remark === undefined ? [] : [found.remark],
  };
}
