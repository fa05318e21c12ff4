import { FileError } from "../errors/index.ts";

/** The three entries of a `.npy` header. */
export interface NpyHeader {
  readonly descr: string;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
}

type Literal = string | number | boolean | null | Literal[] | Map<string, Literal>;

const maximumDepth = 16;
const maximumRank = 64;

/**
 * Reads the Python dictionary literal of a `.npy` header: `{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }`,
 * with the keys in any order and any white space.
 * @param text the header after the length field
 * @param place the file's name for messages
 * @throws FileError when the text isn't such a literal, or for object and structured types
 * @see [NumpyNpyFormat]
 */
export function parseNpyHeader(text: string, place: string): NpyHeader {
  const entries = parseLiteral(text, place);
  if (!(entries instanceof Map)) throw new FileError(place, "expected a dictionary as the .npy header");
  for (const key of entries.keys())
    if (!["descr", "fortran_order", "shape"].includes(key))
      throw new FileError(place, `unknown key '${key}' in the .npy header`);
  const descr = entries.get("descr");
  const fortranOrder = entries.get("fortran_order");
  const shape = entries.get("shape");
  if (Array.isArray(descr))
    throw new FileError(place, "structured arrays are not read; save each field as an array", "file/dtype");
  if (typeof descr !== "string") throw new FileError(place, "expected the text 'descr' in the .npy header");
  if (typeof fortranOrder !== "boolean")
    throw new FileError(place, "expected 'fortran_order' True or False in the .npy header");
  if (!Array.isArray(shape)) throw new FileError(place, "expected a tuple 'shape' in the .npy header");
  if (shape.length > maximumRank)
    throw new FileError(place, `expected at most ${maximumRank} dimensions, got ${shape.length}`);
  const extents: number[] = [];
  for (const extent of shape) {
    if (typeof extent !== "number" || !Number.isSafeInteger(extent) || extent < 0)
      throw new FileError(place, "expected a shape of non-negative integers in the .npy header");
    extents.push(extent);
  }
  return { descr, fortranOrder, shape: extents };
}

function parseLiteral(text: string, place: string): Literal {
  let at = 0;
  const fail = (expected: string): never => {
    const got = at < text.length ? JSON.stringify(text.slice(at, at + 12)) : "the end";
    throw new FileError(place, `.npy header, character ${at}: expected ${expected}, got ${got}`);
  };
  const space = (): void => {
    while (at < text.length && " \t\r\n\f".includes(text.charAt(at))) at++;
  };
  const accept = (symbol: string): boolean => {
    space();
    if (text.charAt(at) !== symbol) return false;
    at++;
    return true;
  };
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) at += found.length;
    return found;
  };
  const sequence = (end: string, depth: number): { items: Literal[]; commas: number } => {
    const items: Literal[] = [];
    let commas = 0;
    while (!accept(end)) {
      if (items.length > commas) fail(`"," or "${end}"`);
      items.push(value(depth));
      if (accept(",")) commas++;
    }
    return { items, commas };
  };
  const dictionary = (depth: number): Map<string, Literal> => {
    const entries = new Map<string, Literal>();
    let more = true;
    while (!accept("}")) {
      if (!more) fail('"," or "}"');
      const key = value(depth);
      if (typeof key !== "string" || entries.has(key)) return fail("a new key");
      if (!accept(":")) fail('":"');
      entries.set(key, value(depth));
      more = accept(",");
    }
    return entries;
  };
  const value = (depth: number): Literal => {
    if (depth > maximumDepth) fail("fewer nested brackets");
    if (accept("{")) return dictionary(depth + 1);
    if (accept("[")) return sequence("]", depth + 1).items;
    if (accept("(")) {
      const { items, commas } = sequence(")", depth + 1);
      return items.length === 1 && commas === 0 ? items[0]! : items;
    }
    const quoted = match(/[bu]?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")/y);
    if (quoted !== undefined) return quoted.replace(/^[bu]?.|.$/g, "").replace(/\\(.)/g, "$1");
    const integer = match(/-?\d+L?/y);
    if (integer !== undefined) return Number(integer.replace("L", ""));
    const word = match(/True|False|None/y);
    if (word !== undefined) return word === "None" ? null : word === "True";
    return fail("a text, an integer, True, False, or a bracket");
  };
  const result = value(0);
  space();
  if (at < text.length) fail("the end of the header");
  return result;
}
