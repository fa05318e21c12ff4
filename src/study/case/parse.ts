import { LineCounter, parseDocument } from "yaml";
import { CaseError } from "../../engine/errors/index.ts";

/** The largest case file that is read, in bytes. */
export const maximumCaseBytes: number = 16 * 2 ** 20;
const maximumAliases = 100;
const maximumDepth = 64;
const refused: ReadonlySet<string> = new Set(["__proto__", "prototype", "constructor"]);

/**
 * Reads the text of a case: YAML 1.2 of the core schema, without merge keys, unknown tags or duplicate keys, or JSON.
 * @param place the file's name for messages
 * @throws CaseError that begins with file:line:column for text that is not well-formed
 */
export function parseCase(text: string, place = "case"): unknown {
  const lines = new LineCounter();
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${place}:${line}:${col}`;
  };
  try {
    const document = parseDocument(text, {
      version: "1.2",
      schema: "core",
      merge: false,
      uniqueKeys: true,
      prettyErrors: false,
      lineCounter: lines,
    });
    const [fault] = [...document.errors, ...document.warnings];
    if (fault !== undefined) throw new CaseError(at(fault.pos[0]), sentence(fault.code, fault.message), "case/syntax");
    const value: unknown = document.toJS({ maxAliasCount: maximumAliases });
    if (value === null || value === undefined)
      throw new CaseError(place, "expected a case, got an empty file", "case/syntax");
    checkTree(value, [], place);
    if (/\.json$/i.test(place)) checkJson(text, place);
    return value;
  } catch (error) {
    if (error instanceof CaseError) throw error;
    if (error instanceof RangeError) throw new CaseError(place, "nested too deeply", "case/syntax");
    const message = error instanceof Error ? error.message : String(error);
    const bomb = message.startsWith("Excessive alias count");
    throw new CaseError(place, bomb ? "aliases repeat too much: write the values out" : message, "case/syntax");
  }
}

/** Reads the value of one key, as YAML. */
export function parseValue(text: string, place: string): unknown {
  return text.trim() === "" ? null : parseCase(text, place);
}

function sentence(code: string, message: string): string {
  if (code === "DUPLICATE_KEY") return "this key is there twice";
  if (message.includes("call stack")) return "nested too deeply";
  if (code === "MULTIPLE_DOCS") return "expected one document, got several (separated by ---)";
  return message
    .replace(/; please use YAML.*$/, "")
    .replace(/^Unresolved tag: /, "expected plain values, got the tag ");
}

/** Refuses what no case needs and what could do harm: keys of prototypes, endless or very deep structures. */
function checkTree(value: unknown, above: readonly unknown[], place: string): void {
  if (typeof value !== "object" || value === null) return;
  if (above.includes(value)) throw new CaseError(place, "an alias refers to itself", "case/syntax");
  if (above.length >= maximumDepth) throw new CaseError(place, `nested more than ${maximumDepth} deep`, "case/syntax");
  const inside = [...above, value];
  if (Array.isArray(value)) for (const entry of value) checkTree(entry, inside, place);
  else
    for (const [key, entry] of Object.entries(value)) {
      checkKey(key, place);
      checkTree(entry, inside, place);
    }
}

/** @throws CaseError for a key that names something of every object */
export function checkKey(key: string, place: string): void {
  if (refused.has(key)) throw new CaseError(place, `the key "${key}" is refused`, "case/refused");
}

/** YAML takes some texts that JSON doesn't, such as a comma too many. */
function checkJson(text: string, place: string): void {
  try {
    JSON.parse(text);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const offset = Number(/position (\d+)/.exec(message)?.[1] ?? text.length);
    const before = text.slice(0, offset).split("\n");
    const line = `${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
    throw new CaseError(
      `${place}:${line}`,
      `not valid JSON: ${message.replace(/ (in JSON )?at position.*$/, "")}`,
      "case/syntax",
    );
  }
}
