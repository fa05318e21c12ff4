import { availableParallelism, cpus } from "node:os";
import { availableExecutors, type Executors } from "../engine/execute/index.ts";
import { type LinalgInUse, linalgInUse } from "../engine/linalg/index.ts";
import { version } from "../study/case/index.ts";

/** What is in use on this machine. */
export interface Machine {
  readonly node: string;
  readonly processors: number;
  readonly processor: string | undefined;
  readonly executors: Executors;
  readonly linalg: LinalgInUse;
}

/** Finds out what is in use on this machine. */
export async function thisMachine(): Promise<Machine> {
  return {
    node: `${process.versions.node} (${process.platform} ${process.arch})`,
    processors: availableParallelism(),
    processor: cpus()[0]?.model.trim(),
    executors: await availableExecutors(),
    linalg: linalgInUse(),
  };
}

/** `onda info machine`: names and what is there. */
export function machineLines({ node, processors, processor, executors, linalg }: Machine): [string, string][] {
  return [
    ["onda", version],
    ["Node", node],
    ["processors", processor ? `${processors} (${processor})` : `${processors}`],
    ["executor js", "yes"],
    ["executor wasm", executors.wasm ? "yes (SIMD)" : "no SIMD here: js runs in its place"],
    ["executor ort", executors.ort ?? "not installed (npm install onnxruntime-node)"],
    ["linear algebra", linalgText(linalg)],
  ];
}

/** In one line, for the overview. */
export function executorsText({ wasm, ort }: Executors): string {
  return ["js", ...(wasm ? ["wasm"] : []), ...(ort === undefined ? [] : ["ort"])].join(", ");
}

export function linalgText({ kernels }: LinalgInUse): string {
  return kernels ? "WebAssembly kernels" : "JavaScript";
}
