/** The script of a worker: it links programs and runs them, in Node and in a page. */

import { gramTransforms } from "../../linalg/index.ts";
import type { Image } from "../js/link.ts";
import { type Linked, link, memoryBytes, readArena, writeArena } from "../js/link.ts";
import { ownMemory } from "../wasm/memory.ts";
import { type Answer, buffersOf, type Order, type Work } from "./messages.ts";

interface Port {
  postMessage(answer: Answer, transfer: ArrayBuffer[]): void;
}

const programs = new Map<number, { readonly image: Image; readonly linked: Linked }>();

function obey(order: Order, port: Port): void {
  if (order.kind === "load") {
    const { image } = order;
    const bytes = memoryBytes(image, image.single);
    const memory = bytes === 0 ? undefined : ownMemory(bytes);
    programs.set(order.program, { image, linked: link(image, memory) });
  } else if (order.kind === "drop") programs.delete(order.program);
  else {
    try {
      const outputs = perform(order.program, order.work);
      port.postMessage({ kind: "done", task: order.task, outputs }, buffersOf(outputs));
    } catch (error) {
      port.postMessage({ kind: "failed", task: order.task, message: String(error) }, []);
    }
  }
}

/** Transforms say where they failed, −1 for nowhere, beside their vectors. */
function perform(program: number, work: Work): Float64Array[] {
  if (work.kind === "run") return run(program, work.inputs);
  const failed = gramTransforms(work.batch);
  return [work.batch.vectors, Float64Array.of(failed)];
}

function run(program: number, inputs: readonly Float64Array[]): Float64Array[] {
  const found = programs.get(program);
  if (found === undefined) throw new Error(`no program ${program}`);
  const { image, linked } = found;
  inputs.forEach((data, i) => {
    writeArena(linked.F, image.inputs[i]!.address, data);
  });
  linked.run();
  // Inputs may be kept: those of an output's size carry it back, as fresh memory costs as much as a copy.
  const spare = [...inputs];
  return image.outputs.map(({ address, size }) => {
    const at = spare.findIndex((array) => array.length === size);
    const data = at < 0 ? new Float64Array(size) : spare.splice(at, 1)[0]!;
    readArena(linked.F, address, data);
    return data;
  });
}

/** The scope of a page's worker, which is its own port. */
function isPort(scope: unknown): scope is Port & { onmessage: (event: { readonly data: Order }) => void } {
  return typeof scope === "object" && scope !== null && "postMessage" in scope;
}

const node = typeof process === "object" ? process.getBuiltinModule?.("worker_threads").parentPort : undefined;
if (node) {
  node.on("message", (order: Order) => {
    obey(order, node);
  });
  node.postMessage({ kind: "ready" } satisfies Answer);
} else {
  const scope: unknown = globalThis;
  if (isPort(scope)) {
    scope.onmessage = ({ data }): void => {
      obey(data, scope);
    };
    scope.postMessage({ kind: "ready" }, []);
  }
}
