import type { NdArray } from "../../../src/engine/tensor/index.ts";
import { writeNpy } from "../../../src/engine/tensor/index.ts";
import type { CaseReader } from "../../../src/study/case/index.ts";

export type Json = Record<string, unknown>;

/** A small valid case, with some keys changed: `with({ "method.members": 5 })`; undefined takes a key away. */
export function caseWith(changes: Json = {}): Json {
  const value: Json = {
    title: "a case",
    seed: 11,
    model: { name: "lorenz63" },
    initial: { mean: [1.509, -1.531, 25.46], covariance: { variance: 2 } },
    observations: { every: 25, count: 6, operator: { name: "identity" }, error: { variance: 2 } },
    method: { name: "enkf", members: 10 },
    outputs: { save: ["analysisMean", "forecastMean", "spread", "observations", "innovations"], report: false },
  };
  for (const [path, change] of Object.entries(changes)) {
    const keys = path.split(".");
    const last = keys.pop() ?? "";
    let level: unknown = value;
    for (const key of keys) level = isMap(level) ? level[key] : undefined;
    if (!isMap(level)) throw new Error(`no ${path}`);
    if (change === undefined) delete level[last];
    else level[last] = change;
  }
  return value;
}

function isMap(value: unknown): value is Json {
  return typeof value === "object" && value !== null;
}

/** A reader of arrays and bytes that are in memory. */
export function memory(files: Record<string, NdArray | Uint8Array>): CaseReader {
  return {
    async read(file) {
      const found = files[file];
      if (found === undefined) throw new Error(`no ${file}`);
      return found instanceof Uint8Array ? found : writeNpy(found);
    },
  };
}

export function array(shape: number[], data: ArrayLike<number>): NdArray {
  return { shape, data: Float64Array.from(data) };
}

/** What a function throws, as text. */
export async function messageOf(act: () => unknown): Promise<string> {
  try {
    await act();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return "nothing thrown";
}
