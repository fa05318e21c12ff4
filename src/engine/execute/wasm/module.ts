import type { Kernel } from "../kernel/ir.ts";
import { type Code, F64, unsigned, V128, type ValueType } from "./code.ts";
import { type Placement, variablesOf, writeKernelCode } from "./kernel.ts";
import { type MathName, mathFunction } from "./math.ts";

/**
 * The functions of one program: kernels, which it exports, and the elementary functions that they call. Imports come first in a
 * module, so the indices of functions are known only at the end: calls are noted by name.
 */
export class ModuleBuilder {
  readonly #imports: { readonly name: string; readonly arity: number }[] = [];
  readonly #math = new Map<MathName, Code>();
  readonly #kernels: { readonly name: string; readonly kernel: Kernel }[] = [];

  get kernels(): readonly string[] {
    return this.#kernels.map(({ name }) => name);
  }

  get imports(): readonly string[] {
    return this.#imports.map(({ name }) => name);
  }

  /** Adds a kernel under a name; gives the variables that it is to be called with. */
  add(name: string, kernel: Kernel): readonly string[] {
    this.#kernels.push({ name, kernel });
    const { addresses, scalars } = variablesOf(kernel);
    return [...addresses, ...scalars];
  }

  /** Makes sure that a function of JavaScript is imported; calls name it. */
  importing(name: string, arity: number): string {
    if (!this.#imports.some((own) => own.name === name)) this.#imports.push({ name, arity });
    return name;
  }

  /** Makes sure that an elementary function of vectors is there; calls name it. */
  math(name: MathName): string {
    if (!this.#math.has(name))
      this.#math.set(
        name,
        mathFunction(name, (own) => this.importing(`Math.${own}`, 1)),
      );
    return `v.${name}`;
  }

  /** The module's bytes. Its memory is imported as m.m, its functions of JavaScript as those of f. */
  bytes(placement: Placement): Uint8Array<ArrayBuffer> {
    const kernels = this.#kernels.map(({ kernel }) => writeKernelCode(kernel, this, placement));
    const types: string[] = [];
    const typeOf = (params: readonly ValueType[], results: readonly ValueType[]): number => {
      const text = [0x60, ...vector(params), ...vector(results)].join();
      const known = types.indexOf(text);
      return known >= 0 ? known : types.push(text) - 1;
    };
    const imports = this.#imports.map(({ name, arity }) => {
      const type = typeOf(Array<ValueType>(arity).fill(F64), [F64]);
      return [...text("f"), ...text(name), 0x00, ...unsigned(type)];
    });
    const memory = [...text("m"), ...text("m"), 0x02, 0x00, 0x00];
    const first = this.#imports.length;
    const names = [...this.#math.keys()];
    const indices = new Map([
      ...this.#imports.map(({ name }, i) => [name, i] as const),
      ...names.map((name, i) => [`v.${name}`, first + i] as const),
    ]);
    const functions = [
      ...[...this.#math.values()].map((code) => ({ code, type: typeOf([V128], [V128]) })),
      ...kernels.map((code) => ({ code, type: typeOf(code.params, []) })),
    ];
    for (const { code } of functions) code.resolve((name) => indices.get(name)!);
    const exported = this.#kernels.map(({ name }, i) => [...text(name), 0x00, ...unsigned(first + names.length + i)]);
    return Uint8Array.from([
      ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
      ...section(
        1,
        types.map((entry) => entry.split(",").map(Number)),
      ),
      ...section(2, [memory, ...imports]),
      ...section(
        3,
        functions.map(({ type }) => unsigned(type)),
      ),
      ...section(7, exported),
      ...section(
        10,
        functions.map(({ code }) => code.body()),
      ),
    ]);
  }
}

function section(id: number, entries: readonly (readonly number[])[]): number[] {
  const content = [...unsigned(entries.length), ...entries.flat()];
  return [id, ...unsigned(content.length), ...content];
}

function vector(bytes: readonly number[]): number[] {
  return [...unsigned(bytes.length), ...bytes];
}

function text(value: string): number[] {
  return vector([...new TextEncoder().encode(value)]);
}
