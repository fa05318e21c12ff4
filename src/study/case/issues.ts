import { z } from "zod";
import { CaseError } from "../../engine/errors/index.ts";
import { expected, got, pathText } from "./describe.ts";
import { closest } from "./suggest.ts";

/** One thing that is wrong with a case. */
interface Fault {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  /** A key that is not there; not worth saying where a misspelt one stands beside it. */
  readonly missing?: boolean;
}

/**
 * Checks a value against a schema and fills in its defaults.
 * @param place where the value stands in the case, an empty string for all of it
 * @throws CaseError that names the key, what was expected and what came; further faults on lines of their own
 */
export function check<T>(schema: z.ZodType<T>, value: unknown, place = ""): T {
  const result = schema.safeParse(value, { error: message, reportInput: true });
  if (result.success) return result.data;
  const faults = sorted(result.error.issues.flatMap((issue) => explain(issue, [])));
  const [first, ...others] = faults.map((fault) => ({ ...fault, place: join(place, pathText(fault.path)) }));
  const more = others.slice(0, 9).map((fault) => `\n${fault.place === "" ? "case" : fault.place}: ${fault.message}`);
  throw new CaseError(first?.place || "case", `${first?.message ?? "not valid"}${more.join("")}`);
}

function join(place: string, path: string): string {
  return place === "" || path === "" || path.startsWith("[") ? place + path : `${place}.${path}`;
}

/** Misspelt keys first; the keys that are missing beside them are not reported. */
function sorted(faults: readonly Fault[]): Fault[] {
  const misspelt = faults.filter((fault) => fault.message.startsWith(unknownKey));
  const parents = new Set(misspelt.map((fault) => pathText(fault.path.slice(0, -1))));
  const rest = faults.filter(
    (fault) => !misspelt.includes(fault) && !(fault.missing && parents.has(pathText(fault.path.slice(0, -1)))),
  );
  return [...misspelt, ...rest];
}

const unknownKey = "unknown key";

/** The text of one of zod's issues while it still knows its schema. Separates what the keys of a mapping are by a tab. */
function message(issue: z.core.$ZodRawIssue): string | undefined {
  const { schema } = issue;
  if (issue.code === "custom") return undefined;
  if (issue.code === "unrecognized_keys") {
    const known = schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
    return issue.keys
      .map((key) => {
        const meant = closest(key, known);
        if (meant !== undefined) return `${unknownKey}; did you mean ${meant}?`;
        return `${unknownKey}; there ${known.length === 1 ? "is" : "are"} ${known.join(", ")}`;
      })
      .join("\t");
  }
  if (schema === undefined) return undefined;
  const wanted = expected(schema);
  const meant =
    issue.code === "invalid_value" && typeof issue.input === "string" && issue.values.length > 1
      ? closest(issue.input, issue.values.map(String))
      : undefined;
  if (meant !== undefined) return `expected ${wanted}, got ${got(issue.input)}; did you mean ${meant}?`;
  return issue.input === undefined ? `missing; expected ${wanted}` : `expected ${wanted}, got ${got(issue.input)}`;
}

function explain(issue: z.core.$ZodIssue, parent: readonly PropertyKey[]): Fault[] {
  const path = [...parent, ...issue.path];
  if (issue.code === "unrecognized_keys") {
    const messages = issue.message.split("\t");
    return issue.keys.map((key, i) => ({ path: [...path, key], message: messages[i] ?? unknownKey }));
  }
  if (issue.code === "invalid_union") return explainUnion(issue, path);
  return [{ path, message: issue.message, missing: issue.input === undefined }];
}

/** What is wrong with a value that fits no branch of a union: the faults of the branch that it was meant for. */
function explainUnion(issue: z.core.$ZodIssueInvalidUnion, path: readonly PropertyKey[]): Fault[] {
  const { input } = issue;
  if (input === undefined) return [{ path, message: issue.message, missing: true }];
  const fitting = bySort(issue.errors, input)
    .map((branch) => ({ branch, score: misfit(branch) }))
    .filter(({ score }) => score < otherType);
  const names = fitting.flatMap(({ branch }) => branch.flatMap(nameOf));
  const named = fitting
    .filter(({ branch }) => branch.every((one) => nameOf(one).length === 0))
    .sort((a, b) => a.score - b.score);
  if (names.length > 0 && named.length === 0) return [{ path: [...path, "name"], message: unknownName(input, names) }];
  const [best, second] = named;
  if (best === undefined || (best.score >= otherKey && second !== undefined && names.length === 0))
    return [{ path, message: withSuggestion(issue, input) }];
  return best.branch.flatMap((one) => explain(one, path));
}

/** Of branches with names and others those that take a value with a name, or one without; all when there is one sort alone. */
function bySort(branches: readonly z.core.$ZodIssue[][], input: unknown): readonly z.core.$ZodIssue[][] {
  const named = typeof input === "object" && input !== null && "name" in input;
  const suits = branches.filter((branch) =>
    named
      ? !branch.some((one) => one.code === "unrecognized_keys" && one.path.length === 0 && one.keys.includes("name"))
      : branch.every((one) => nameOf(one).length === 0),
  );
  return suits.length === 0 ? branches : suits;
}

/** The one name that a branch takes, when the name is what doesn't fit. */
function nameOf(issue: z.core.$ZodIssue): string[] {
  if (issue.code !== "invalid_value" || issue.path.length !== 1 || issue.path[0] !== "name") return [];
  return issue.values.map(String);
}

function unknownName(input: unknown, names: readonly string[]): string {
  const name = typeof input === "object" && input !== null && "name" in input ? input.name : undefined;
  const wanted = `expected ${names.length === 1 ? "" : "one of "}${names.join(", ")}`;
  if (name === undefined) return `missing; ${wanted}`;
  if (typeof name !== "string") return `${wanted}, got ${got(name)}`;
  const meant = closest(name, names);
  return `${wanted}, got "${name}"${meant === undefined ? "" : `; did you mean ${meant}?`}`;
}

/** Misfit of a value of another type altogether, and of a key or a nested value that doesn't belong there. */
const otherType = 1000;
const otherKey = 10;

/** How far a value is from a branch of a union. */
function misfit(branch: readonly z.core.$ZodIssue[]): number {
  let score = 0;
  for (const issue of branch) {
    const root = issue.path.length === 0;
    if (issue.code === "unrecognized_keys") score += otherKey * issue.keys.length;
    else if (issue.code === "invalid_union")
      score += Math.min(root ? otherType : otherKey, ...issue.errors.map(misfit));
    else if (root && (issue.code === "invalid_type" || issue.code === "invalid_value")) score += otherType;
    else if (issue.input === undefined && issue.path.length === 1) score += otherKey;
    else if (issue.code === "invalid_type" && ["array", "object"].includes(issue.expected)) score += otherKey;
    else score += 1;
  }
  return score;
}

/** The message that names all branches, with the keys that somebody may have meant. */
function withSuggestion(issue: z.core.$ZodIssueInvalidUnion, input: unknown): string {
  if (typeof input !== "object" || input === null || Array.isArray(input)) return issue.message;
  const known = issue.errors.flatMap((branch) =>
    branch.flatMap((one) => (one.path.length === 1 && one.input === undefined ? [String(one.path[0])] : [])),
  );
  const keys = Object.keys(input);
  if (keys.length > 1 && issue.errors.some((branch) => branch.every((one) => one.code === "unrecognized_keys")))
    return `${issue.message}: one of them alone`;
  const hints = keys.filter((key) => !known.includes(key)).flatMap((key) => closest(key, known) ?? []);
  return hints.length === 0 ? issue.message : `${issue.message}; did you mean ${hints.join(", ")}?`;
}
