import { CapabilityError, CaseError, FileError, OndaError, OnnxError } from "../../engine/errors/index.ts";
import type { OnnxModel } from "../../engine/onnx/index.ts";
import { type NdArray, readNpy } from "../../engine/tensor/index.ts";
import { readNetwork } from "./network-file.ts";
import type { CaseReader } from "./reader.ts";

export type { CaseReader } from "./reader.ts";

/** How a case's modules are loaded: one export of a JavaScript module. */
export type ModuleLoader = (file: string, name: string) => Promise<unknown>;

/** What the makers of a case's parts may use. */
export interface CaseTools {
  /** An array from a .npy file. */
  array(file: string, place: string): Promise<NdArray>;
  /** A network from an .onnx file. */
  network(file: string, place: string): Promise<OnnxModel>;
  /** An export of a module. */
  module(file: string, name: string, place: string): Promise<unknown>;
}

/**
 * Reads files through `reader`, each once, and modules through `loader`; without them a case that needs them is refused.
 */
export function caseTools(reader: CaseReader | undefined, loader: ModuleLoader | undefined): CaseTools {
  const once = <T>(make: (reader: CaseReader, file: string) => Promise<T>) => {
    const made = new Map<string, Promise<T>>();
    return async (file: string, place: string): Promise<T> => {
      if (reader === undefined)
        throw new CaseError(place, `"${file}" can't be read: no reader and no base folder were given`);
      const found = made.get(file) ?? make(reader, file);
      made.set(file, found);
      return found.catch((error: unknown) => {
        throw error instanceof FileError || error instanceof OnnxError
          ? new CaseError(place, error.message, error.code)
          : error;
      });
    };
  };
  return {
    array: once(async (files, file) => readNpy(await files.read(file), file)),
    network: once(readNetwork),
    async module(file, name, place) {
      if (loader === undefined)
        throw new CaseError(
          place,
          `"${file}" is code, and modules are not allowed here: give { modules: true }, or leave out --no-modules`,
          "case/modules",
        );
      return loader(file, name).catch((error: unknown) => {
        throw error instanceof FileError || error instanceof CaseError
          ? new CaseError(place, error.message, error.code)
          : error;
      });
    },
  };
}

/**
 * Runs a step of building a case; what goes wrong in it is reported at `place`, the key path.
 * @throws CaseError instead of errors about shapes, arguments, numbers and lacking derivatives
 */
export async function at<T>(place: string, step: () => T | Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    throw placed(error, place);
  }
}

/** The error about a key of a case that an error about an argument amounts to. */
export function placed(error: unknown, place: string): unknown {
  if (!(error instanceof OndaError) || error instanceof CaseError || error instanceof FileError) return error;
  if (error.code === "numerical/blow-up") return error;
  const own = error.place;
  if (error instanceof CapabilityError || !/^[\w.[\]-]+$/.test(own))
    return new CaseError(place, error.message, error.code);
  const text = error.message.slice(own.length + 2);
  if (own === place || own.startsWith(`${place}.`) || own.startsWith(`${place}[`))
    return new CaseError(own, text, error.code);
  return new CaseError(`${place}.${own}`, text, error.code);
}
