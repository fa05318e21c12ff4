import { z } from "zod";

/** What a case says at some place, for messages: short, on one line. */
export function got(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null (an empty entry)";
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeof value === "string") return `the text "${shorten(value)}"`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object") {
    const keys = Object.keys(value);
    return keys.length === 0 ? "an empty mapping" : `a mapping with ${shorten(keys.join(", "))}`;
  }
  return typeof value;
}

/** A path of keys as it is written in messages: `observations.steps[2]`. */
export function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, key) => (typeof key === "number" ? `${text}[${key}]` : `${text}${text === "" ? "" : "."}${String(key)}`),
    "",
  );
}

const known = new WeakMap<z.core.$ZodType, string>();

/** What a schema takes, in words: `a positive number`, `one of rk4, heun, euler`. */
export function expected(schema: z.core.$ZodType): string {
  const text = known.get(schema) ?? describe(schema);
  known.set(schema, text);
  return text;
}

function describe(schema: z.core.$ZodType): string {
  const meta = z.globalRegistry.get(schema);
  if (typeof meta?.expected === "string") return meta.expected;
  const json = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  if (Array.isArray(json.enum)) return `one of ${json.enum.join(", ")}`;
  if (json.const !== undefined) return String(json.const);
  if (json.type === "number" || json.type === "integer") return numberText(json);
  if (json.type === "string") return "text";
  if (json.type === "boolean") return "true or false";
  if (json.type === "array") return "a list";
  if (json.type === "object") return `a mapping with ${Object.keys(json.properties ?? {}).join(", ")}`;
  return "another value";
}

function numberText(json: z.core.JSONSchema.BaseSchema): string {
  const integer = json.type === "integer";
  const noun = integer ? "integer" : "number";
  const least = json.minimum === Number.MIN_SAFE_INTEGER ? undefined : json.minimum;
  const most = json.maximum === Number.MAX_SAFE_INTEGER ? undefined : json.maximum;
  if (typeof json.multipleOf === "number" && json.multipleOf !== 1)
    return `a multiple of ${json.multipleOf}${least === undefined ? "" : ` of at least ${least}`}`;
  if (json.exclusiveMinimum === 0 || (integer && least === 1)) return `a positive ${noun}`;
  if (typeof least === "number" && typeof most === "number")
    return `${integer ? "an" : "a"} ${noun} from ${least} to ${most}`;
  if (typeof least === "number") return `${integer ? "an" : "a"} ${noun} of at least ${least}`;
  return integer ? "an integer" : "a number";
}

function shorten(text: string): string {
  const line = text.replace(/\s+/g, " ");
  return line.length > 60 ? `${line.slice(0, 57)}…` : line;
}
