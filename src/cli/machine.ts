import { availableParallelism, cpus } from "node:os";
import { availableExecutors, type Executors } from "../engine/execute/index.ts";
import { type LinalgInUse, linalgInUse, nativeBlas } from "../engine/linalg/index.ts";
import { version } from "../study/case/index.ts";
import type { Io } from "./io.ts";

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

/**
 * Before a long run: whether the native library that was asked for is there.
 * @throws CapabilityError for an ONDA_BLAS that can't be had
 */
export function checkMachine({ env }: Io): void {
  if ((env.ONDA_BLAS ?? "") !== "") nativeBlas();
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

export function linalgText({ kernels, native }: LinalgInUse): string {
  const own = kernels ? "WebAssembly kernels" : "JavaScript";
  if (native === undefined) return own;
  if ("failure" in native) return `${own}; ${native.failure}`;
  return `${own}; ${native.name}, ${native.path}, for large matrices (ONDA_BLAS=off: never)`;
}
