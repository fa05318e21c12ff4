import { checkArguments, type Graph } from "../../graph/graph.ts";
import type { ArrayLike64, NdArray } from "../../tensor/index.ts";
import { toNdArray } from "../../tensor/index.ts";
import { type Arena, HELPERS } from "./calls.ts";
import { generate, type Program } from "./generate.ts";

/** Turns generated source into a function bound to its arena: one function per program, so that V8 knows the arena. */
function instantiate(program: Program, F: Arena): () => void {
  const names = program.tables.map((_, i) => `T${i}`);
  const factory = new Function("F", "H", ...names, program.source) as (...args: unknown[]) => () => void;
  return factory(F, HELPERS, ...program.tables);
}

/** A runnable graph of generated JavaScript. Everything is allocated here, nothing per run but the results. */
export function javascriptExecutable(
  graph: Graph,
  single: boolean,
): { runSync(inputs: readonly ArrayLike64[], out?: readonly Float64Array[]): NdArray[]; readonly source: string } {
  const program = generate(graph, single);
  const F: Arena = single ? new Float32Array(program.size) : new Float64Array(program.size);
  for (const { address, data } of program.constants) F.set(data, address);
  const run = instantiate(program, F);
  return {
    source: program.source,
    runSync: (inputs, out) => {
      const values = inputs.map((input, i) => toNdArray(input, graph.inputs[i]?.attributes.name));
      checkArguments(graph, values);
      values.forEach(({ data }, i) => {
        F.set(data, program.inputs[i]!.address);
      });
      run();
      return program.outputs.map(({ address, size }, i) => {
        const data = out?.[i] ?? new Float64Array(size);
        data.set(F.subarray(address, address + size));
        return { data, shape: graph.outputs[i]!.shape };
      });
    },
  };
}
