import { writeFile } from "node:fs/promises";
import { extname, resolve } from "node:path";
import { starterCase } from "../study/case/index.ts";
import { UsageError } from "./errors.ts";
import { exitCodes } from "./flags.ts";
import type { Io } from "./io.ts";

/** `onda init`. */
export async function init(name: string, io: Io): Promise<number> {
  const file = extname(name) === "" ? `${name}.yaml` : name;
  try {
    await writeFile(resolve(io.cwd, file), starterCase, { flag: "wx" });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "EEXIST") throw new UsageError(file, "is there already; choose another name");
    throw new UsageError(file, `can't be written: ${error instanceof Error ? error.message : String(error)}`);
  }
  io.out(`Wrote ${file}. Run it: onda run ${file}\n`);
  return exitCodes.done;
}
