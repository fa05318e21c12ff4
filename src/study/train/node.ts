import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { FileError } from "../../engine/errors/index.ts";
import { type NdArray, readNpy } from "../../engine/tensor/index.ts";
import { readCaseFile } from "../case/node.ts";
import { fromCheckpointFiles } from "./checkpoint.ts";
import type { TrainingCheckpoint } from "./execution.ts";

/**
 * What a stopped training left in its output directory, and its description.
 * @throws FileError when there is nothing to resume, or it is damaged
 */
export async function readTrainingCheckpoint(
  folder: string,
  name: string = folder,
): Promise<{ checkpoint: TrainingCheckpoint; config: unknown }> {
  const path = join(folder, "checkpoint", "checkpoint.json");
  if (!existsSync(path)) throw new FileError(name, "there is no stopped training to resume", "file/missing");
  const array = async (part: string): Promise<NdArray> => {
    const file = join(folder, "checkpoint", `${part}.npy`);
    if (!existsSync(file)) throw new FileError(name, `expected checkpoint/${part}.npy, which is missing`);
    return readNpy(await readFile(file), file);
  };
  const text = await readFile(path, "utf8");
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new FileError(name, "expected checkpoint/checkpoint.json of a stopped training, got no JSON");
  }
  return {
    checkpoint: await fromCheckpointFiles(json, array, name),
    config: await readCaseFile(join(folder, "train.yaml")),
  };
}
