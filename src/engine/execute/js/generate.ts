import type { Graph } from "../../graph/graph.ts";
import type { Node } from "../../graph/node.ts";
import { sizeOf } from "../../tensor/index.ts";
import { ModuleBuilder } from "../wasm/module.ts";
import { RoutineCollector, type RoutineNeeds } from "../wasm/routines.ts";
import type { Vectors } from "../wasm/worthwhile.ts";
import { type Buffer, newBuffer } from "./buffers.ts";
import { MATMUL, Tables } from "./calls.ts";
import { writeScope } from "./emit.ts";
import { NameSource } from "./names.ts";
import { planScope } from "./plan.ts";
import type { Place } from "./scope.ts";
import { Writer } from "./writer.ts";

/** A graph as JavaScript: source of a factory `(F, H, T…) => run`, and the layout of the arena F. */
export interface Program {
  readonly source: string;
  readonly tables: readonly Int32Array[];
  /** Elements of the arena. */
  readonly size: number;
  readonly inputs: readonly { readonly address: number; readonly size: number }[];
  readonly outputs: readonly { readonly address: number; readonly size: number }[];
  readonly constants: readonly { readonly address: number; readonly data: Float64Array }[];
  /** Loop nests in WebAssembly, if there are any. */
  readonly module?: ModuleBuilder;
  /** What its products and convolutions in WebAssembly need, if there are any. */
  readonly routines?: RoutineNeeds;
}

/** Tensors of up to this many elements are taken apart into variables. */
const TINY = 16;
/** Longest function that V8 optimises well when it is mostly array code. */
const LONG_FUNCTION = 1500;

/** Generates the program of a graph; very large ones keep small tensors in memory so that functions stay short. */
export function generate(graph: Graph, single: boolean, vectors: Vectors): Program {
  const attempts: [number, boolean][] = [
    [TINY, false],
    [TINY, true],
    [1, true],
  ];
  let program: Program | undefined;
  for (const [tiny, split] of attempts) {
    const attempt = attemptProgram(graph, { single, vectors }, tiny, split);
    program = attempt.program;
    if (attempt.longest <= LONG_FUNCTION) break;
  }
  return program!;
}

function attemptProgram(
  graph: Graph,
  { single, vectors }: { readonly single: boolean; readonly vectors: Vectors },
  tiny: number,
  split: boolean,
): { program: Program; longest: number } {
  const names = new NameSource();
  const tables = new Tables();
  const writer = new Writer(names);
  let top = 0;
  const place = (size: number): Buffer => {
    const buffer = newBuffer(size);
    buffer.address = top;
    top += Math.ceil(size / 8) * 8 + (size >= 512 ? 16 : 0);
    return buffer;
  };
  const constants = new Map<Float64Array, Buffer>();
  const inputs = graph.inputs.map((input) => place(sizeOf(input.shape)));
  const outputs = graph.outputs.map((output) => place(sizeOf(output.shape)));
  const params = new Map<Node, Place>(graph.inputs.map((input, i) => [input, { buffer: inputs[i]! }]));
  const plan = planScope(
    { params: graph.inputs, outputs: graph.outputs },
    params,
    outputs.map((buffer) => ({ buffer })),
    {
      tiny,
      names,
      constantBuffer: (node) => {
        const { data } = node.attributes;
        const known = constants.get(data);
        if (known !== undefined) return known;
        const buffer = place(data.length);
        constants.set(data, buffer);
        return buffer;
      },
    },
  );
  plan.frame.address = top;
  top += plan.frame.size;
  const module = vectors === "never" ? undefined : new ModuleBuilder();
  const routines = vectors === "never" ? undefined : new RoutineCollector(single);
  writer.push(
    ...writer.capture(() => writeScope(plan, writer, { single, split, tables, module, vectors, routines }, true)),
  );
  writer.longest = Math.max(writer.longest, writer.lines.length);
  const source = [
    `"use strict";`,
    ...(writer.uses("mm(") ? [MATMUL] : []),
    ...writer.functions,
    "return function run() {",
    ...writer.lines,
    "};",
  ].join("\n");
  const range = (buffer: Buffer): { address: number; size: number } => ({
    address: buffer.address!,
    size: buffer.size,
  });
  return {
    longest: writer.longest,
    program: {
      source,
      tables: tables.values,
      size: top,
      inputs: inputs.map(range),
      outputs: outputs.map(range),
      ...(module !== undefined && module.kernels.length > 0 && { module }),
      ...(routines?.used && { routines: routines.needs }),
      constants: [...constants].map(([data, buffer]) => ({ address: buffer.address!, data })),
    },
  };
}
