import { ArgumentError, ShapeError } from "../../errors/index.ts";
import type { Graph } from "../../graph/graph.ts";
import type { ArrayLike64, NdArray } from "../../tensor/index.ts";
import { sameShape, shapeText, toNdArray } from "../../tensor/index.ts";
import { type Kernels, loadKernels } from "../wasm/load.ts";
import { reserve } from "../wasm/memory.ts";
import type { Vectors } from "../wasm/worthwhile.ts";
import { type Arena, HELPERS } from "./calls.ts";
import { generate, type Program } from "./generate.ts";

/** Turns generated source into a function bound to its arena: one function per program, so that V8 knows the arena. */
function instantiate(program: Program, F: Arena, kernels: Kernels): () => void {
  const names = [...program.tables.map((_, i) => `T${i}`), ...Object.keys(kernels)];
  const factory = new Function("F", "H", ...names, program.source) as (...args: unknown[]) => () => void;
  return factory(F, HELPERS, ...program.tables, ...Object.values(kernels));
}

/** The arena, and the functions of WebAssembly that work on it. */
function allocate(program: Program, single: boolean, owner: object): { F: Arena; kernels: Kernels } {
  const [Numbers, width] = single ? [Float32Array, 4] : [Float64Array, 8];
  if (program.module === undefined) return { F: new Numbers(program.size), kernels: {} };
  const { memory, base } = reserve(program.size * width, owner);
  return {
    F: new Numbers(memory.buffer, base, program.size),
    kernels: loadKernels(program.module, { base, single }, memory),
  };
}

/** A runnable graph of generated JavaScript. Everything is allocated here, nothing per run but the results. */
export function javascriptExecutable(
  graph: Graph,
  { single, vectors }: { readonly single: boolean; readonly vectors: Vectors },
): {
  runSync(inputs: readonly ArrayLike64[], out?: readonly Float64Array[]): NdArray[];
  readonly source: string;
  readonly vectors: boolean;
} {
  const program = generate(graph, single, vectors);
  const owner = {};
  const { F, kernels } = allocate(program, single, owner);
  for (const { address, data } of program.constants) F.set(data, address);
  const run = instantiate(program, F, kernels);
  return {
    source: program.source,
    vectors: program.module !== undefined,
    runSync: (inputs, out) => {
      const count = graph.inputs.length;
      if (inputs.length !== count)
        throw new ArgumentError("graph", `expected ${count} arguments, got ${inputs.length}`);
      for (let i = 0; i < count; i++) {
        const { shape, attributes } = graph.inputs[i]!;
        const value = toNdArray(inputs[i]!, attributes.name);
        if (!sameShape(shape, value.shape))
          throw new ShapeError(attributes.name, `expected shape ${shapeText(shape)}, got ${shapeText(value.shape)}`);
        write(F, program.inputs[i]!.address, value.data);
      }
      run();
      alive(owner);
      const results: NdArray[] = [];
      for (let i = 0; i < program.outputs.length; i++) {
        const { address, size } = program.outputs[i]!;
        const data = out?.[i] ?? new Float64Array(size);
        read(F, address, data);
        results.push({ data, shape: graph.outputs[i]!.shape });
      }
      return results;
    },
  };
}

/** Keeps a program's claim to its memory as long as the program can run. */
function alive(_: object): void {}

/** Below this length an element-wise copy beats the typed arrays' own. */
const SHORT = 32;

function write(F: Arena, address: number, data: Float64Array): void {
  if (data.length > SHORT) F.set(data, address);
  else for (let i = 0; i < data.length; i++) F[address + i] = data[i]!;
}

function read(F: Arena, address: number, data: Float64Array): void {
  if (data.length > SHORT) data.set(F.subarray(address, address + data.length));
  else for (let i = 0; i < data.length; i++) data[i] = F[address + i]!;
}
