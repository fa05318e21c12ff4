import { type Conformance, type ConformanceOptions, checkConformance } from "../../diagnostics/testing/index.ts";
import { randomStreams } from "../../engine/random/index.ts";
import type { Covariance } from "../../problem/covariance/index.ts";
import type { Model } from "../../problem/models/index.ts";
import type { Operator } from "../../problem/operators/index.ts";
import type { LoadedCase } from "./load.ts";

/** A part of a case that can be tried, and the key where it stands. */
interface Part {
  readonly key: string;
  readonly part: Model | Operator | Covariance;
  readonly options: ConformanceOptions;
}

/**
 * Tries every part of a case for what it has to be: its models and operators, at the initial mean, and its covariances; the same part once. A
 * climatological covariance, which is one by construction, is left out.
 */
export async function checkCase({ config, problem }: LoadedCase): Promise<Conformance[]> {
  const { model, trueModel, network, background, modelError, methodCovariances } = problem;
  const at = background.mean;
  const parts: Part[] = [{ key: "model", part: model, options: { at } }];
  if (trueModel !== model && trueModel.size === at.length)
    parts.push({ key: "truth.model", part: trueModel, options: { at } });
  network.forEach(({ operator, error, time }, k) => {
    const index = (list: boolean): string => (list ? `[${k}]` : "");
    const { observations } = config;
    parts.push(
      {
        key: `observations.operator${index(Array.isArray(observations.operator))}`,
        part: operator,
        options: { at, time },
      },
      { key: `observations.error${index(k > 0)}`, part: error, options: {} },
    );
  });
  parts.push({ key: "initial.covariance", part: background.covariance, options: {} });
  if (modelError.diagonal().some((value) => value > 0))
    parts.push({ key: "modelError", part: modelError, options: {} });
  for (const [key, choice] of methodCovariances)
    if (!("climatological" in choice)) parts.push({ key: `method.${key}`, part: choice, options: {} });
  const results: Conformance[] = [];
  const seen = new Set<Part["part"]>();
  const streams = randomStreams(config.seed);
  for (const { key, part, options } of parts) {
    if (seen.has(part)) continue;
    seen.add(part);
    const random = streams.stream("conformance", results.length);
    const result = await checkConformance(part, { ...options, random });
    results.push({ ...result, subject: `${key}: ${result.subject}` });
  }
  return results;
}
