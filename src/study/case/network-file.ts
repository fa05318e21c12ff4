import { OnnxError } from "../../engine/errors/index.ts";
import { externalFiles, type OnnxModel, readOnnx } from "../../engine/onnx/index.ts";
import type { CaseReader } from "./reader.ts";

/**
 * Reads a network and the files of its folder that hold weights of it.
 * @throws OnnxError for a damaged file or weights outside of the folder, FileError for one that isn't there
 */
export async function readNetwork(reader: CaseReader, file: string): Promise<OnnxModel> {
  const bytes = await reader.read(file);
  const folder = file.includes("/") ? file.slice(0, file.lastIndexOf("/") + 1) : "";
  const weights = new Map<string, Uint8Array>();
  for (const location of externalFiles(bytes, { name: file }))
    weights.set(location, await reader.read(folder + location, folder === "" ? "." : folder));
  const external = (location: string, offset: number, length: number | undefined): Uint8Array => {
    const whole = weights.get(location);
    const end = length === undefined ? (whole?.length ?? 0) : offset + length;
    if (whole === undefined || end > whole.length)
      throw new OnnxError(file, `expected ${end} bytes in "${location}", got ${whole?.length ?? 0}`, "onnx/damaged");
    return whole.subarray(offset, end);
  };
  return readOnnx(bytes, { name: file, ...(weights.size > 0 && { external }) });
}
