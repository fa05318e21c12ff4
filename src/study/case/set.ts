import { CaseError } from "../../engine/errors/index.ts";
import { checkKey, parseValue } from "./parse.ts";

/**
 * A copy of a case with one key set: `method.members=20`, `observations.steps.0=5`. The value is read as YAML; mappings
 * on the way are made where they are missing. Whether the format knows the key shows when the case is checked.
 * @throws CaseError for anything but key.path=value, a path through something that has no keys, and refused keys
 */
export function setKey(value: unknown, assignment: string): unknown {
  const at = assignment.indexOf("=");
  const path = assignment.slice(0, Math.max(at, 0)).trim();
  const keys = path.split(".");
  if (at < 0 || keys.some((key) => key === ""))
    throw new CaseError("--set", `expected key.path=value, got "${assignment}"`);
  for (const key of keys) checkKey(key, `--set ${path}`);
  return put(value, keys, parseValue(assignment.slice(at + 1), `--set ${path}`), path);
}

function put(value: unknown, keys: readonly string[], entry: unknown, path: string): unknown {
  const [key, ...rest] = keys;
  if (key === undefined) return entry;
  if (Array.isArray(value)) {
    const index = /^\d+$/.test(key) ? Number(key) : -1;
    if (index < 0 || index >= value.length)
      throw new CaseError(`--set ${path}`, `expected an index from 0 to ${value.length - 1}, got ${key}`);
    return value.map((old, i) => (i === index ? put(old, rest, entry, path) : old));
  }
  if (value === undefined || value === null) return { [key]: put(undefined, rest, entry, path) };
  if (typeof value !== "object") throw new CaseError(`--set ${path}`, `there is no ${key} in a plain value`);
  const entries = new Map(Object.entries(value));
  entries.set(key, put(entries.get(key), rest, entry, path));
  return Object.fromEntries(entries);
}
