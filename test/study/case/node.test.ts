import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeNpy } from "../../../src/engine/tensor/index.ts";
import { outputFiles, resolveCase, runCase } from "../../../src/study/case/index.ts";
import {
  checkOutput,
  moduleLoader,
  nodeReader,
  readCaseFile,
  readCheckpoint,
  rebase,
  writeOutput,
} from "../../../src/study/case/node.ts";
import { array, caseWith, messageOf } from "./cases.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "onda-case-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("Node's reader", () => {
  it("reads inside its folder alone, links followed", async () => {
    const base = join(folder, "base");
    await mkdir(base);
    await writeFile(join(base, "in.npy"), "in");
    await writeFile(join(folder, "out.npy"), "out");
    await symlink(join(folder, "out.npy"), join(base, "link.npy"));
    const reader = nodeReader(base);
    expect(new TextDecoder().decode(await reader.read("in.npy"))).toBe("in");
    for (const file of ["../out.npy", join(folder, "out.npy"), "link.npy"])
      expect(await messageOf(() => reader.read(file))).toContain("lies outside the case's folder");
    expect(await messageOf(() => reader.read("none.npy"))).toBe("none.npy: there is no such file");
    expect(await messageOf(() => reader.read("."))).toBe(".: expected a file, got a folder");
    expect(new TextDecoder().decode(await nodeReader(base, { anywhere: true }).read("../out.npy"))).toBe("out");
  });

  it("is what runCase uses for a base folder", async () => {
    await writeFile(join(folder, "m.npy"), writeNpy(array([3], [1, 2, 3])));
    const run = await runCase(caseWith({ "initial.mean": { file: "m.npy" } }), { base: folder });
    expect(run.status).toBe("done");
    const outside = caseWith({ "initial.mean": { file: "../m.npy" } });
    expect(await messageOf(() => runCase(outside, { base: folder }))).toContain(
      "initial.mean: ../m.npy: there is no such file",
    );
  });

  it("refuses case files beyond 16 MiB", async () => {
    const path = join(folder, "large.yaml");
    await writeFile(path, new Uint8Array(16 * 2 ** 20 + 1).fill(32));
    expect(await messageOf(() => readCaseFile(path, "large.yaml"))).toBe(
      "large.yaml: expected a file of at most 16777216 bytes, got 16777217",
    );
  });
});

describe("modules", () => {
  it("are loaded from their folder, one export of them", async () => {
    await writeFile(join(folder, "m.mjs"), "export const a = 1; export default 2;");
    await writeFile(join(folder, "broken.mjs"), "export const = 1;");
    const load = moduleLoader(folder);
    expect(await load("m.mjs", "a")).toBe(1);
    expect(await load("m.mjs", "default")).toBe(2);
    expect(await messageOf(() => load("m.mjs", "b"))).toBe('m.mjs: expected an export "b", got a, default');
    expect(await messageOf(() => load("none.mjs", "a"))).toBe("none.mjs: there is no such file");
    expect(await messageOf(() => load("broken.mjs", "a"))).toContain("broken.mjs: the module can't be loaded");
  });
});

describe("output directories", () => {
  it("hold the files of the format and nothing else", async () => {
    const out = join(folder, "out");
    const run = await runCase(caseWith({ "outputs.report": true }));
    await writeOutput(out, await outputFiles(run));
    expect((await readdir(out)).sort()).toEqual(["arrays", "case.yaml", "report.html", "summary.json"]);
    expect((await readdir(join(out, "arrays"))).sort()).toEqual(
      ["analysisMean", "forecastMean", "innovations", "observations", "spread", "times"].map((name) => `${name}.npy`),
    );
    expect(JSON.parse(await readFile(join(out, "summary.json"), "utf8"))).toEqual(run.summary);
    expect(resolveCase(await readCaseFile(join(out, "case.yaml")))).toEqual(run.case);
    expect(await readdir(folder)).toEqual(["out"]);
  });

  it("are replaced by the next result, unless they hold something else", async () => {
    const out = join(folder, "out");
    const run = await runCase(caseWith());
    const files = await outputFiles(run);
    await writeOutput(out, files);
    await checkOutput(out);
    await writeOutput(out, new Map([["summary.json", "{}"]]));
    expect(await readdir(out)).toEqual(["summary.json"]);
    await writeFile(join(out, "notes.txt"), "mine");
    expect(await messageOf(() => checkOutput(out, "out"))).toContain("out: expected a new folder or an earlier result");
    await writeFile(join(folder, "file"), "");
    expect(await messageOf(() => checkOutput(join(folder, "file"), "file"))).toBe(
      "file: expected a folder for the results, got a file",
    );
  });

  it("leave nothing behind when they can't be written", async () => {
    await writeFile(join(folder, "file"), "");
    const message = await messageOf(() =>
      writeOutput(join(folder, "file", "out"), new Map([["summary.json", "{}"]]), "file/out"),
    );
    expect(message).toContain("file/out: the results can't be written");
    expect(await readdir(folder)).toEqual(["file"]);
  });

  it("of stopped runs hold what resuming needs", async () => {
    const out = join(folder, "out");
    const stop = new AbortController();
    const run = await runCase(caseWith(), {
      signal: stop.signal,
      onProgress: ({ cycle }) => {
        if (cycle === 2) stop.abort();
      },
    });
    await writeOutput(out, await outputFiles(run));
    expect(existsSync(join(out, "checkpoint", "checkpoint.json"))).toBe(true);
    const { checkpoint, config } = await readCheckpoint(out);
    expect(checkpoint).toEqual(run.checkpoint);
    expect(resolveCase(config)).toEqual(run.case);
    expect(await messageOf(() => readCheckpoint(folder, "here"))).toBe("here: there is no stopped run to resume");
  });

  it("name files relative to themselves", async () => {
    const change = rebase(join(folder, "cases"), join(folder, "runs", "a"));
    expect(change("y.npy")).toBe("../../cases/y.npy");
    expect(change("../data/y.npy")).toBe("../../data/y.npy");
    expect(change("/data/y.npy")).toBe("/data/y.npy");
  });
});
