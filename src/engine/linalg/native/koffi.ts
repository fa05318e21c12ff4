/** A function of a library. */
export type NativeFunction = (...values: readonly unknown[]) => unknown;

/** The part of koffi (https://koffi.dev) that is used. */
export interface Koffi {
  load(path: string): { func(name: string, result: string, parameters: readonly string[]): NativeFunction };
}

/** The package's name stands in a variable: bundlers of the main entry shall not look for it. */
const PACKAGE = "koffi";

/** koffi, if it is there for this file or for the program that runs; never outside Node. */
export function findKoffi(): Koffi | undefined {
  if (typeof process !== "object" || typeof process.getBuiltinModule !== "function") return undefined;
  const module = process.getBuiltinModule("module");
  for (const base of [import.meta.url, `file://${process.cwd()}/`]) {
    try {
      const found: unknown = module.createRequire(base)(PACKAGE);
      if (isKoffi(found)) return found;
    } catch {
      // Not installed there.
    }
  }
  return undefined;
}

function isKoffi(value: unknown): value is Koffi {
  return typeof value === "object" && value !== null && "load" in value && typeof value.load === "function";
}
