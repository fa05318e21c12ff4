import type { NormalizeConfig, PerVariable } from "../../problem/normalize.schema.ts";
import type { CaseTools } from "./tools.ts";

/** Mean and scale of a network's arguments, files read; nothing when none are given. */
export async function normalizeOf(
  normalize: NormalizeConfig | undefined,
  tools: CaseTools,
  place: string,
): Promise<{ mean?: number | Float64Array; scale?: number | Float64Array }> {
  if (normalize === undefined) return {};
  return {
    mean: await numbers(normalize.mean, tools, `${place}.mean`),
    scale: await numbers(normalize.scale, tools, `${place}.scale`),
  };
}

async function numbers(value: PerVariable, tools: CaseTools, place: string): Promise<number | Float64Array> {
  if (typeof value === "number") return value;
  return Array.isArray(value) ? Float64Array.from(value) : (await tools.array(value.file, place)).data;
}
