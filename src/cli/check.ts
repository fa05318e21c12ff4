import { mkdir, writeFile } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";
import { hasKinks, testDerivatives } from "../diagnostics/testing/index.ts";
import { FileError } from "../engine/errors/index.ts";
import { isFloating, type OnnxModel } from "../engine/onnx/index.ts";
import { type RandomStreams, randomStreams } from "../engine/random/index.ts";
import { type NdArray, sizeOf, writeNpy } from "../engine/tensor/index.ts";
import { readNetwork } from "../study/case/index.ts";
import { nodeReader } from "../study/case/node.ts";
import { byName, readArrays, readShapes } from "./check-arguments.ts";
import { checkCaseFile } from "./check-case.ts";
import { type NetworkMap, networkMap } from "./check-map.ts";
import { checkTable } from "./check-table.ts";
import { UsageError } from "./errors.ts";
import { type CheckFlags, exitCodes } from "./flags.ts";
import type { Io } from "./io.ts";
import { style } from "./style.ts";

/** `onda check`. */
export async function check(file: string, flags: CheckFlags, io: Io): Promise<number> {
  if ([".yaml", ".yml", ".json"].includes(extname(file))) return checkCaseFile(file, flags, io);
  const path = resolve(io.cwd, file);
  const model = await readNetwork(nodeReader(dirname(path), { anywhere: true }), basename(path));
  const names = model.inputs.map(({ name }) => name);
  const given = await readArrays("--input", flags.input, names, io);
  const shapes = { ...readShapes(flags.shape, names), ...mapped(given, ({ shape }) => shape) };
  const dtype = dtypeOf(flags.dtype);
  const streams = randomStreams(seedOf(flags.seed));
  const graph = model.toGraph({ shapes, dtype });
  const inputs = model.inputs.map(
    ({ name, type }, i) => given.get(name) ?? drawn(graph.inputs[i]!.shape, isFloating(type), streams, i),
  );
  const map = networkMap(graph, inputs, dtype);
  const outputs = map.outputs();
  const finite = outputs.every(({ data }) => data.every(Number.isFinite));
  const vectors = {
    tangents: byName("--tangent", await readArrays("--tangent", flags.tangent, names, io), names, inputs, map.inputs),
    cotangents: byName(
      "--cotangent",
      await readArrays("--cotangent", flags.cotangent, outputNames(model), io),
      outputNames(model),
      outputs,
      map.outputIndices,
    ),
  };
  if (flags.out !== undefined) await writeResults(resolve(io.cwd, flags.out), flags.out, model, map, outputs, vectors);
  const tests =
    finite && map.inputs.length > 0 && map.outputIndices.length > 0
      ? await testDerivatives({
          map,
          x: map.x,
          random: streams.stream("derivatives"),
          kinks: hasKinks(graph),
          epsilon: dtype === "float32" ? 2 ** -23 : 2 ** -52,
          ...(vectors.tangents && { direction: vectors.tangents }),
          ...(vectors.cotangents && { cotangent: vectors.cotangents }),
        })
      : undefined;
  io.out(checkTable({ file, model, inputs, outputs, finite, tests, dtype }, style(io.colors.out)));
  return finite && (tests === undefined || tests.passed) ? exitCodes.done : exitCodes.failed;
}

function outputNames(model: OnnxModel): string[] {
  return model.outputs.map(({ name }) => name);
}

function mapped<T, U>(map: ReadonlyMap<string, T>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries([...map].map(([name, value]) => [name, change(value)]));
}

function dtypeOf(value = "float64"): "float64" | "float32" {
  if (value !== "float64" && value !== "float32")
    throw new UsageError("--dtype", `expected float64 or float32, got ${value}`);
  return value;
}

function seedOf(value = "0"): number {
  if (!/^\d{1,15}$/.test(value)) throw new UsageError("--seed", `expected an integer of at least 0, got ${value}`);
  return Number(value);
}

/** Standard normal numbers; zeros for inputs that are no floating numbers, where they may be indices. */
function drawn(shape: readonly number[], floating: boolean, streams: RandomStreams, index: number): NdArray {
  const size = sizeOf(shape);
  return { data: floating ? streams.stream("input", index).normals(size) : new Float64Array(size), shape };
}

/** Writes the output and the derivatives that were asked for; several of a kind are told apart by their names. */
async function writeResults(
  folder: string,
  name: string,
  model: OnnxModel,
  map: NetworkMap,
  outputs: readonly NdArray[],
  {
    tangents,
    cotangents,
  }: { readonly tangents: Float64Array | undefined; readonly cotangents: Float64Array | undefined },
): Promise<void> {
  const kinds: [string, readonly string[], readonly NdArray[]][] = [["output", outputNames(model), outputs]];
  if (tangents !== undefined)
    kinds.push(["jvp", map.outputIndices.map((i) => outputNames(model)[i]!), map.tangents(tangents)]);
  if (cotangents !== undefined)
    kinds.push(["vjp", map.inputs.map((i) => model.inputs[i]!.name), map.adjoints(cotangents)]);
  try {
    await mkdir(folder, { recursive: true });
    for (const [kind, names, arrays] of kinds) {
      const files = fileNames(kind, names, kind === "vjp" ? model.inputs.length : model.outputs.length);
      for (const [i, array] of arrays.entries()) await writeFile(join(folder, files[i]!), writeNpy(array));
    }
  } catch (error) {
    throw new FileError(
      name,
      `can't be written: ${error instanceof Error ? error.message : String(error)}`,
      "file/write",
    );
  }
}

/** `vjp.npy`, or `vjp.NAME.npy` for several; what could lead out of the folder is replaced. */
function fileNames(kind: string, names: readonly string[], count: number): string[] {
  if (count === 1) return [`${kind}.npy`];
  const safe = names.map((name) => name.replace(/[^\w-]+/g, "_"));
  return safe.map((name, i) => `${kind}.${safe.indexOf(name) === i ? name : `${name}-${i}`}.npy`);
}
