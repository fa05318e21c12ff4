import { z } from "zod";
import { check } from "./issues.ts";
import { caseSchema } from "./schema.ts";
import type { Case } from "./types.ts";

/**
 * Checks a case as far as it goes without its files and fills in every default. A resolved case resolves to itself.
 * @throws CaseError that names the key path, what was expected and what came
 */
export function resolveCase(value: unknown): Case {
  return check(caseSchema, value);
}

/** The JSON Schema of case files, for editors. */
export function caseJsonSchema(): Record<string, unknown> {
  const { $schema, ...rest } = z.toJSONSchema(caseSchema, {
    io: "input",
    unrepresentable: "any",
    override({ jsonSchema }) {
      const unit = jsonSchema.unit;
      if (typeof unit === "string") jsonSchema.description = `${jsonSchema.description ?? ""} (${unit})`.trim();
      for (const key of ["unit", "expected", "kind"]) delete jsonSchema[key];
    },
  });
  return { $schema, $id: "urn:onda-da:case.schema.json", ...rest };
}
