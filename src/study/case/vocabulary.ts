import { stringify } from "yaml";
import { z } from "zod";
import { minimizerSchemas } from "../../methods/common/minimizer.schema.ts";
import { covarianceSchemas } from "../../problem/covariance/covariance.schema.ts";
import { operatorSchemas } from "../../problem/operators/operator.schema.ts";
import { expected } from "./describe.ts";
import { methodEntries } from "./methods.ts";
import { modelEntries } from "./models.ts";

/** One name of the format. */
export interface Word {
  readonly name: string;
  readonly meaning: string;
  readonly options: readonly WordOption[];
}

/** One key that stands beside a name. */
export interface WordOption {
  readonly name: string;
  readonly meaning: string;
  readonly unit?: string;
  /** What may stand there. */
  readonly takes: string;
  /** As it would be written in a case; absent where the key has none. */
  readonly default?: string;
  readonly required: boolean;
}

/** The kinds of names that there are. */
export const vocabularyKinds = ["models", "methods", "operators", "covariances", "minimizers"] as const;

/** What a kind of name is called in {@link vocabulary}. */
export type VocabularyKind = (typeof vocabularyKinds)[number];

/** The names of one kind with all of their options, out of the schemas. */
export function vocabulary(kind: VocabularyKind): Word[] {
  const schemas: Readonly<Record<VocabularyKind, readonly z.ZodType[]>> = {
    models: Object.values(modelEntries).map(({ schema }) => schema),
    methods: Object.values(methodEntries).map(({ schema }) => schema),
    operators: operatorSchemas,
    covariances: covarianceSchemas,
    minimizers: minimizerSchemas,
  };
  return schemas[kind].map(word);
}

function word(schema: z.ZodType): Word {
  const shape = schema instanceof z.ZodObject ? Object.entries(schema.shape) : [];
  const json = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  const { name: nameProperty, ...properties } = json.properties ?? {};
  const name = typeof nameProperty === "object" ? String(nameProperty.const) : "";
  const options = Object.entries(properties).flatMap(([key, property]) => {
    if (typeof property !== "object") return [];
    const { description = "", unit, default: value } = property;
    const inner = shape.find(([entry]) => entry === key)?.[1];
    return [
      {
        name: key,
        meaning: description,
        takes: inner === undefined ? "" : expected(unwrapped(inner)),
        required: json.required?.includes(key) ?? false,
        ...(typeof unit === "string" && { unit }),
        ...(value !== undefined && { default: inline(value) }),
      },
    ];
  });
  return { name, meaning: json.description ?? "", options };
}

/** A value as it is written in a case, on one line. */
function inline(value: unknown): string {
  return stringify(value, { collectionStyle: "flow", lineWidth: 0 }).trim();
}

/** A schema without what makes it optional. */
function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional)
    return unwrapped(schema.def.innerType);
  return schema;
}
