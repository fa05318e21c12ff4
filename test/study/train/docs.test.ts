// docs/train-format.md names everything that the format has, and what it shows is right.
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { z } from "zod";
import { parseCase } from "../../../src/study/case/parse.ts";
import { dataSchemas } from "../../../src/study/train/data.schema.ts";
import { resolveTraining } from "../../../src/study/train/index.ts";
import { layerSchemas } from "../../../src/study/train/layers.schema.ts";
import { stageSchema } from "../../../src/study/train/stage.schema.ts";
import { trainingSchema } from "../../../src/study/train/training.schema.ts";

const text = readFileSync(new URL("../../../docs/train-format.md", import.meta.url), "utf8");

/** All keys and names that a JSON schema speaks of, but for what stands in a case as well. */
function words(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(words);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, entry]) => {
    if (key === "properties" && typeof entry === "object" && entry !== null)
      return Object.entries(entry).flatMap(([name, inner]) =>
        ["model", "covariance"].includes(name) ? [name] : [name, ...words(inner)],
      );
    if (key === "enum" && Array.isArray(entry)) return entry.map(String);
    // Definitions are those of covariances, which stand in a case.
    if (key === "$defs") return [];
    return key === "const" ? [String(entry)] : words(entry);
  });
}

it("is whole", () => {
  const schemas = [trainingSchema, stageSchema, ...Object.values(dataSchemas), ...Object.values(layerSchemas)];
  const all = new Set(
    schemas.flatMap((schema) => words(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }))),
  );
  expect(all.size).toBeGreaterThan(80);
  const missing = [...all].filter((word) => !new RegExp(`[\`.{ ]${word}[\`.:, }]`).test(text));
  expect(missing.filter((word) => word !== "name")).toEqual([]);
});

it("shows a training that is well-formed", () => {
  const shown = /```yaml\n([\s\S]*?)```/.exec(text)?.[1] ?? "";
  expect(resolveTraining(parseCase(shown)).training).toHaveLength(2);
});
