import type { Primitive, RuledName } from "../../graph/node.ts";
import { primitives } from "../../graph/primitives/index.ts";
import { writeConstants } from "./memory.ts";

/** Functions of WebAssembly by the names under which generated code calls them. */
export type Kernels = Readonly<Record<string, (...args: number[]) => void>>;

/** A module with the names of what it gives and takes. */
export interface CompiledModule {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly kernels: readonly string[];
  readonly imports: readonly string[];
}

/** Compiles a program's module, at once, on its memory. */
export function loadKernels({ bytes, kernels, imports }: CompiledModule, memory: WebAssembly.Memory): Kernels {
  writeConstants(memory);
  const f = Object.fromEntries(imports.map((name) => [name, plain(name)]));
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { m: { m: memory }, f });
  return Object.fromEntries(kernels.map((name) => [name, exports[name] as (...args: number[]) => void]));
}

/** A function of doubles by the name of a primitive, or of JavaScript's own. */
function plain(name: string): (...x: number[]) => number {
  if (name === "Math.sin") return Math.sin;
  if (name === "Math.cos") return Math.cos;
  const rule = (primitives[name as RuledName] as Primitive<RuledName>).elementwise;
  if (rule === undefined) throw new Error(`${name} is no elementwise operation`);
  return rule.f;
}
