import { CapabilityError, CaseError, FileError, OndaError } from "../../engine/errors/index.ts";
import { type NdArray, readNpy } from "../../engine/tensor/index.ts";

/** How a case's files are read: paths as they stand in the case. Node's is `nodeReader`. */
export interface CaseReader {
  read(file: string): Promise<Uint8Array>;
}

/** How a case's modules are loaded: one export of a JavaScript module. */
export type ModuleLoader = (file: string, name: string) => Promise<unknown>;

/** What the makers of a case's parts may use. */
export interface CaseTools {
  /** An array from a .npy file. */
  array(file: string, place: string): Promise<NdArray>;
  /** An export of a module. */
  module(file: string, name: string, place: string): Promise<unknown>;
}

/**
 * Reads files through `reader`, each once, and modules through `loader`; without them a case that needs them is refused.
 */
export function caseTools(reader: CaseReader | undefined, loader: ModuleLoader | undefined): CaseTools {
  const arrays = new Map<string, Promise<NdArray>>();
  return {
    async array(file, place) {
      if (reader === undefined)
        throw new CaseError(place, `"${file}" can't be read: no reader and no base folder were given`);
      const found = arrays.get(file) ?? reader.read(file).then((bytes) => readNpy(bytes, file));
      arrays.set(file, found);
      return found.catch((error: unknown) => {
        throw error instanceof FileError ? new CaseError(place, error.message, error.code) : error;
      });
    },
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
