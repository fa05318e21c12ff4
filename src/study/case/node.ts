import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, open, readdir, readFile, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import { CaseError, FileError } from "../../engine/errors/index.ts";
import { type NdArray, readNpy } from "../../engine/tensor/index.ts";
import type { Checkpoint } from "./execution.ts";
import type { OutputFiles } from "./output.ts";
import { maximumCaseBytes, parseCase } from "./parse.ts";
import type { CaseReader } from "./reader.ts";
import type { ModuleLoader } from "./tools.ts";

export interface NodeReaderOptions {
  /** Read files outside the base folder too; false by default. */
  readonly anywhere?: boolean;
}

/**
 * Reads files relative to a folder, and only inside it, links followed, unless told otherwise.
 * @throws FileError for a file that isn't there or can't be read; CaseError for one outside
 */
export function nodeReader(base: string, { anywhere = false }: NodeReaderOptions = {}): CaseReader {
  return {
    async read(file, within) {
      const path = resolve(base, file);
      const bytes = await readBytes(path, file);
      if (!anywhere && !isInside(await realpath(base), await realpath(path)))
        throw new CaseError(file, "lies outside the case's folder, where nothing is read", "case/outside");
      if (within !== undefined && !isInside(await realpath(resolve(base, within)), await realpath(path)))
        throw new CaseError(file, "lies outside the folder of the file that refers to it", "case/outside");
      return bytes;
    },
  };
}

/** Reads a case file; `name` stands for it in messages. @throws FileError, CaseError for a file that isn't there, is too large or not well-formed */
export async function readCaseFile(path: string, name: string = path): Promise<unknown> {
  const bytes = await readBytes(path, name, maximumCaseBytes);
  return parseCase(new TextDecoder("utf-8").decode(bytes), name);
}

async function readBytes(path: string, name: string, limit = Number.POSITIVE_INFINITY): Promise<Uint8Array> {
  try {
    const handle = await open(path, "r");
    try {
      const { size } = await handle.stat();
      if (size > limit)
        throw new FileError(name, `expected a file of at most ${limit} bytes, got ${size}`, "file/too-large");
      return await handle.readFile();
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw fileError(error, name);
  }
}

function fileError(error: unknown, name: string): unknown {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOENT" || code === "ENOTDIR") return new FileError(name, "there is no such file", "file/missing");
  if (code === "EISDIR") return new FileError(name, "expected a file, got a folder");
  if (code === "EACCES" || code === "EPERM") return new FileError(name, "the file can't be read: permission denied");
  return error;
}

function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** Loads exports of JavaScript modules relative to a folder; TypeScript where Node strips types or jiti is installed. */
export function moduleLoader(base: string): ModuleLoader {
  return async (file, name) => {
    const path = resolve(base, file);
    if (!existsSync(path)) throw new FileError(file, "there is no such file", "file/missing");
    const loaded = await load(path, file);
    const found: unknown = typeof loaded === "object" && loaded !== null ? Reflect.get(loaded, name) : undefined;
    if (found !== undefined) return found;
    const names = typeof loaded === "object" && loaded !== null ? Object.keys(loaded) : [];
    throw new CaseError(
      file,
      `expected an export "${name}", got ${names.length === 0 ? "no exports" : names.join(", ")}`,
    );
  };
}

async function load(path: string, file: string): Promise<unknown> {
  const url = pathToFileURL(path).href;
  try {
    return await import(url);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code !== "ERR_UNKNOWN_FILE_EXTENSION")
      throw new FileError(
        file,
        `the module can't be loaded: ${error instanceof Error ? error.message : String(error)}`,
        "file/module",
      );
  }
  const [optional, importing] = ["jiti", ["im", "port"].join("")];
  const found: unknown = await import(optional).catch(() => undefined);
  const create: unknown = typeof found === "object" && found !== null ? Reflect.get(found, "createJiti") : undefined;
  if (typeof create !== "function")
    throw new FileError(
      file,
      "TypeScript modules need Node 22.18 or newer, or the package jiti: npm install jiti",
      "file/module",
    );
  const jiti: unknown = create(url);
  const load: unknown =
    typeof jiti === "object" || typeof jiti === "function" ? Reflect.get(Object(jiti), importing) : undefined;
  if (typeof load !== "function") throw new FileError(file, "the package jiti has no import function", "file/module");
  return load.call(jiti, path);
}

/** Turns paths relative to one folder into paths relative to another. */
export function rebase(from: string, to: string): (file: string) => string {
  return (file) => (isAbsolute(file) ? file : relative(resolve(to), resolve(from, file)).split(sep).join("/"));
}

/** Memory of the process at its largest, in bytes. */
export function peakMemory(): number {
  return process.resourceUsage().maxRSS * 1024;
}

/** What `onda run` writes. */
const runFiles: readonly string[] = ["summary.json", "case.yaml", "report.html", "arrays", "checkpoint"];

/**
 * Checks that a result may be written to a folder: it isn't there, it is empty, or it holds an earlier result alone.
 * @param ours names of all that such a result may consist of
 * @throws FileError otherwise
 */
export async function checkOutput(
  folder: string,
  name: string = folder,
  ours: readonly string[] = runFiles,
): Promise<void> {
  const info = await stat(folder).catch(() => undefined);
  if (info === undefined) return;
  if (!info.isDirectory()) throw new FileError(name, "expected a folder for the results, got a file");
  const names = await readdir(folder);
  if (names.length === 0) return;
  const strange = names.find((entry) => !ours.includes(entry));
  if (strange !== undefined || !names.includes("summary.json"))
    throw new FileError(
      name,
      `expected a new folder or an earlier result, which would be replaced; ${strange === undefined ? "there is no summary.json in it" : `it also has ${strange}`}`,
      "file/occupied",
    );
}

/** Writes a result into a temporary folder beside the wanted one and exchanges them at the end. */
export async function writeOutput(folder: string, files: OutputFiles, name: string = folder): Promise<void> {
  const target = resolve(folder);
  const mark = randomBytes(4).toString("hex");
  const beside = (what: string): string => join(dirname(target), `.${basename(target)}.${what}-${mark}`);
  const [fresh, old] = [beside("new"), beside("old")];
  try {
    for (const [file, content] of files) {
      const path = join(fresh, file);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, content);
    }
    const there = existsSync(target);
    if (there) await rename(target, old);
    try {
      await rename(fresh, target);
    } catch (error) {
      if (there) await rename(old, target);
      throw error;
    }
    await rm(old, { recursive: true, force: true });
  } catch (error) {
    await rm(fresh, { recursive: true, force: true }).catch(() => undefined);
    throw new FileError(
      name,
      `the results can't be written: ${error instanceof Error ? error.message : String(error)}`,
      "file/write",
    );
  }
}

const checkpointSchema = z.object({
  version: z.literal(1),
  after: z.int().min(0),
  seconds: z.number(),
  state: z.array(z.string().regex(/^[\w.-]+$/)),
  record: z.array(z.string().regex(/^[\w.-]+$/)),
});

/**
 * What a stopped run left in its output directory, and its case.
 * @throws FileError when there is nothing to resume
 */
export async function readCheckpoint(
  folder: string,
  name: string = folder,
): Promise<{ checkpoint: Checkpoint; config: unknown }> {
  const path = join(folder, "checkpoint", "checkpoint.json");
  if (!existsSync(path)) throw new FileError(name, "there is no stopped run to resume", "file/missing");
  const parsed = checkpointSchema.safeParse(JSON.parse(await readFile(path, "utf8")));
  if (!parsed.success) throw new FileError(path, "expected the checkpoint of a stopped run");
  const { after, seconds, state, record } = parsed.data;
  const arrays = async (part: string, names: readonly string[]): Promise<Record<string, NdArray>> => {
    const entries: [string, NdArray][] = [];
    for (const array of names) {
      const file = join(folder, "checkpoint", part, `${array}.npy`);
      entries.push([array, readNpy(await readBytes(file, file), file)]);
    }
    return Object.fromEntries(entries);
  };
  return {
    checkpoint: { after, seconds, state: await arrays("state", state), record: await arrays("record", record) },
    config: await readCaseFile(join(folder, "case.yaml")),
  };
}
