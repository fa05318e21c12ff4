import { resolve } from "node:path";
import { type NdArray, readNpy, sameShape, shapeText, sizeOf } from "../engine/tensor/index.ts";
import { nodeReader } from "../study/case/node.ts";
import { UsageError } from "./errors.ts";
import type { Io } from "./io.ts";

/** Parts of `[name=]value`: the name may be left out where there is one thing alone that it could name. */
function named(flag: string, text: string, names: readonly string[]): [string, string] {
  const name = [...names].sort((a, b) => b.length - a.length).find((own) => text.startsWith(`${own}=`));
  if (name !== undefined) return [name, text.slice(name.length + 1)];
  const [only] = names;
  if (names.length === 1 && only !== undefined) return [only, text];
  throw new UsageError(flag, `expected NAME=… with one of the names ${names.join(", ")}, got ${text}`);
}

/** Arrays from .npy files, by the name of what they are for. */
export async function readArrays(
  flag: string,
  given: readonly string[] | undefined,
  names: readonly string[],
  io: Io,
): Promise<Map<string, NdArray>> {
  const arrays = new Map<string, NdArray>();
  const reader = nodeReader(io.cwd, { anywhere: true });
  for (const text of given ?? []) {
    const [name, file] = named(flag, text, names);
    if (arrays.has(name)) throw new UsageError(flag, `"${name}" is given twice`);
    arrays.set(name, readNpy(await reader.read(resolve(io.cwd, file)), file));
  }
  return arrays;
}

/** Shapes from `NAME=2,3`. */
export function readShapes(given: readonly string[] | undefined, names: readonly string[]): Record<string, number[]> {
  const shapes = new Map<string, number[]>();
  for (const text of given ?? []) {
    const [name, list] = named("--shape", text, names);
    if (!/^\d+(,\d+)*$/.test(list))
      throw new UsageError("--shape", `expected extents such as 2,3 for "${name}", got ${JSON.stringify(list)}`);
    shapes.set(name, list.split(",").map(Number));
  }
  return Object.fromEntries(shapes);
}

/**
 * Vectors for the chosen ones of some values, one after the other; zeros where none is given, undefined when none at all.
 * @throws UsageError for a shape that isn't the value's
 */
export function byName(
  flag: string,
  arrays: ReadonlyMap<string, NdArray>,
  names: readonly string[],
  values: readonly NdArray[],
  chosen: readonly number[],
): Float64Array | undefined {
  for (const [name, { shape }] of arrays) {
    const index = names.indexOf(name);
    const like = values[index]!;
    if (!sameShape(like.shape, shape))
      throw new UsageError(flag, `expected shape ${shapeText(like.shape)} for "${name}", got ${shapeText(shape)}`);
    if (!chosen.includes(index))
      throw new UsageError(flag, `"${name}" holds no floating numbers: it has no derivative`);
  }
  if (arrays.size === 0) return undefined;
  const parts = chosen.map((i) => arrays.get(names[i]!)?.data ?? new Float64Array(sizeOf(values[i]!.shape)));
  return Float64Array.from(parts.flatMap((part) => [...part]));
}
