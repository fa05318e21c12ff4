import { CapabilityError } from "../../errors/index.ts";
import type { Blas } from "./blas.ts";
import { findKoffi, type Koffi } from "./koffi.ts";
import { openBlas } from "./library.ts";

/** The names under which systems have an OpenBLAS. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  linux: ["libopenblas.so.0", "libopenblas.so"],
  darwin: [
    "/opt/homebrew/opt/openblas/lib/libopenblas.dylib",
    "/usr/local/opt/openblas/lib/libopenblas.dylib",
    "libopenblas.dylib",
  ],
  win32: ["libopenblas.dll", "openblas.dll"],
};

/**
 * The library that ONDA_BLAS asks for: a path, that one; `off`, none; unset or empty, an OpenBLAS under one of its usual
 * names, if koffi is installed (it never comes with Onda: who installs it wants this).
 * @param find gives koffi if it is installed
 * @throws CapabilityError when a path is given and koffi is missing or the library can't be used
 */
export function chooseBlas(
  setting: string | undefined,
  find: () => Koffi | undefined,
  platform: string,
): Blas | undefined {
  if (setting === "off") return undefined;
  const given = setting !== undefined && setting !== "";
  const koffi = find();
  if (koffi === undefined) {
    if (!given) return undefined;
    throw new CapabilityError(
      "ONDA_BLAS",
      `"${setting}" needs the package koffi: npm install koffi, or ONDA_BLAS=off`,
      "capability/blas",
    );
  }
  if (given) {
    try {
      return openBlas(koffi, setting);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new CapabilityError(
        "ONDA_BLAS",
        `expected the path of an OpenBLAS, or off, got "${setting}", which can't be used (${reason})`,
        "capability/blas",
      );
    }
  }
  for (const name of NAMES[platform] ?? []) {
    try {
      return openBlas(koffi, name);
    } catch {
      // Not there, or not one for us: the next one.
    }
  }
  return undefined;
}

let chosen: { readonly blas: Blas | undefined } | undefined;

/**
 * The native library in use, looked for once; undefined where there is none, and outside Node.
 * @throws CapabilityError for an ONDA_BLAS that can't be had
 */
export function nativeBlas(): Blas | undefined {
  chosen ??= {
    blas: typeof process === "object" ? chooseBlas(process.env?.ONDA_BLAS, findKoffi, process.platform) : undefined,
  };
  return chosen.blas;
}

/** Uses this library, or none, from now on: for tests and for comparing times. */
export function useNativeBlas(blas: Blas | undefined): void {
  chosen = { blas };
}
