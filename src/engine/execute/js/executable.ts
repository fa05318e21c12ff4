import { ArgumentError, ShapeError } from "../../errors/index.ts";
import type { Graph } from "../../graph/graph.ts";
import type { ArrayLike64, NdArray } from "../../tensor/index.ts";
import { sameShape, shapeText, toNdArray } from "../../tensor/index.ts";
import { RESERVED, reserve } from "../wasm/memory.ts";
import type { Vectors } from "../wasm/worthwhile.ts";
import { generate } from "./generate.ts";
import { type Image, imageOf, link, memoryBytes, readArena, writeArena } from "./link.ts";

/** A runnable graph of generated code. */
export interface JavascriptProgram {
  readonly source: string;
  /** Whether some of it is WebAssembly. */
  readonly vectors: boolean;
  runSync(inputs: readonly ArrayLike64[], out?: readonly Float64Array[]): NdArray[];
  /** The program for a memory of its own, as data that another thread can take. */
  image(): Image;
}

/** A runnable graph of generated JavaScript. Everything is allocated here, nothing per run but the results. */
export function javascriptExecutable(
  graph: Graph,
  { single, vectors }: { readonly single: boolean; readonly vectors: Vectors },
): JavascriptProgram {
  const program = generate(graph, single, vectors);
  const owner = {};
  const bytes = memoryBytes(program, single);
  const region = bytes === 0 ? undefined : reserve(bytes, owner);
  const { F, run } = link(imageOf(program, single, region?.base ?? 0), region?.memory);
  return {
    source: program.source,
    vectors: bytes > 0,
    image: () => imageOf(program, single, RESERVED),
    runSync: (inputs, out) => {
      const count = graph.inputs.length;
      if (inputs.length !== count)
        throw new ArgumentError("graph", `expected ${count} arguments, got ${inputs.length}`);
      for (let i = 0; i < count; i++) {
        const { shape, attributes } = graph.inputs[i]!;
        const value = toNdArray(inputs[i]!, attributes.name);
        if (!sameShape(shape, value.shape))
          throw new ShapeError(attributes.name, `expected shape ${shapeText(shape)}, got ${shapeText(value.shape)}`);
        writeArena(F, program.inputs[i]!.address, value.data);
      }
      run();
      alive(owner);
      const results: NdArray[] = [];
      for (let i = 0; i < program.outputs.length; i++) {
        const { address, size } = program.outputs[i]!;
        const data = out?.[i] ?? new Float64Array(size);
        readArena(F, address, data);
        results.push({ data, shape: graph.outputs[i]!.shape });
      }
      return results;
    },
  };
}

/** Keeps a program's claim to its memory as long as the program can run. */
function alive(_: object): void {}
