import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Io } from "../../src/cli/io.ts";
import { writeNpy } from "../../src/engine/tensor/index.ts";
import { caseText } from "../../src/study/case/index.ts";
import { array, type Json } from "../study/case/cases.ts";
import { trainingWith } from "../study/train/trainings.ts";
import { command, type Printed } from "./command.ts";

let folder = "";
let interrupt: (() => void) | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "onda-train-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A command that can be interrupted. */
const onda = (args: string[], change: Partial<Io> = {}): Promise<Printed> =>
  command(folder, args, {
    columns: 100,
    onInterrupt(handler) {
      interrupt = handler;
      return () => {
        interrupt = undefined;
      };
    },
    ...change,
  });

const write = (name: string, changes: Json = {}): Promise<void> =>
  writeFile(join(folder, name), caseText(trainingWith(changes)));
const read = (path: string): Promise<Buffer> => readFile(join(folder, path));
const exists = (path: string): boolean => existsSync(join(folder, path));

describe("onda train", () => {
  it("prints a table and writes the network, which a case can use", async () => {
    await write("t.yaml");
    const { code, out, err } = await onda(["train", "t.yaml"]);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(/valid time {4}\d.* Lyapunov times \(median of 5 starts/);
    expect(out).toContain("results       runs/t\n");
    expect((await readdir(join(folder, "runs/t"))).sort()).toEqual([
      "arrays",
      "model.onnx",
      "summary.json",
      "train.yaml",
    ]);
    const model = { name: "onnx", file: "runs/t/model.onnx", dt: 0.05 };
    const observations = { every: 2, count: 3, operator: { name: "identity" }, error: { variance: 1 } };
    const initial = { mean: [1, 2, 20], covariance: { variance: 1 } };
    await writeFile(
      join(folder, "c.yaml"),
      caseText({ model, initial, observations, method: { name: "enkf", members: 5 }, outputs: { report: false } }),
    );
    expect((await onda(["run", "c.yaml", "--quiet"])).code).toBe(0);
  });

  it("prints summary.json alone with --json, nothing with --quiet, losses on a terminal", async () => {
    await write("t.yaml");
    const json = await onda(["train", "t.yaml", "--json", "--seed", "9"]);
    expect(json.out).toBe((await read("runs/t/summary.json")).toString());
    expect(JSON.parse(json.out)).toMatchObject({ seed: 9, status: "done", epochs: 3 });
    expect(await onda(["train", "t.yaml", "--quiet"])).toEqual({ code: 0, out: "", err: "" });
    const { err } = await onda(["train", "t.yaml"], { interactive: true });
    expect(err).toMatch(/3\/3 epochs, .* left loss \d.*, validation \d/);
  });

  it("writes a training that gives the same bytes again from where it lies", async () => {
    const data = Float64Array.from({ length: 180 }, (_, i) => Math.sin(i * i));
    await writeFile(join(folder, "x.npy"), writeNpy(array([60, 3], data)));
    await write("t.yaml", { data: { trajectory: { file: "x.npy" } }, evaluation: {} });
    expect((await onda(["train", "t.yaml", "--out", "a/b", "--set", "training.epochs=2"])).code).toBe(0);
    expect((await read("a/b/train.yaml")).toString()).toContain("file: ../../x.npy");
    expect((await onda(["train", "a/b/train.yaml", "--out", "again"])).code).toBe(0);
    for (const file of ["model.onnx", "arrays/history.npy", "arrays/skill.npy"])
      expect(await read(`again/${file}`)).toEqual(await read(`a/b/${file}`));
  });

  it("puts a stopped training away and goes on with --resume to the same bytes", async () => {
    await write("t.yaml", { training: { epochs: 30 } });
    expect((await onda(["train", "t.yaml", "--out", "whole"])).code).toBe(0);
    const stopped = await onda(["train", "t.yaml"], {
      interactive: true,
      err: (text) => {
        if (/ [1-9]\/30 epochs/.test(text)) interrupt?.();
      },
    });
    expect(stopped.code).toBe(1);
    const summary = JSON.parse((await read("runs/t/summary.json")).toString());
    expect(summary).toMatchObject({ status: "stopped", reason: expect.stringMatching(/^stopped after \d+ epochs$/) });
    expect(exists("runs/t/model.onnx")).toBe(true);
    expect((await onda(["train", "t.yaml", "--resume", "--seed", "4"])).err).toContain(
      "onda: --resume: the training is not the one that was stopped in runs/t",
    );
    expect((await onda(["train", "t.yaml", "--resume"])).code).toBe(0);
    for (const file of ["model.onnx", "arrays/history.npy", "arrays/skill.npy"])
      expect(await read(`runs/t/${file}`)).toEqual(await read(`whole/${file}`));
    expect(exists("runs/t/checkpoint")).toBe(false);
  });

  it("can be stopped while the data are made, and writes nothing", async () => {
    await write("t.yaml", { data: { model: { name: "lorenz63" }, samples: 9, spinUp: 1e9 } });
    setTimeout(() => interrupt?.(), 200);
    const { code, err } = await onda(["train", "t.yaml"]);
    expect([code, err.split("\n").at(-2)]).toEqual([
      1,
      "onda: runs/t: stopped before the first step; nothing is written",
    ]);
    expect(exists("runs")).toBe(false);
  });

  it("exits 1 when it diverges and keeps the summary", async () => {
    await write("t.yaml", { training: { optimizer: { name: "sgd", learningRate: 1e200 } } });
    const { code, err } = await onda(["train", "t.yaml"]);
    expect(code).toBe(1);
    expect(err).toMatch(/^onda: train: expected .*try a smaller learning rate/);
    expect(JSON.parse((await read("runs/t/summary.json")).toString()).status).toBe("failed");
  });

  it.each([
    [["--seed", "x"], 'onda: seed: expected an integer from 0 to 2^53 - 1, got the text "x"\n'],
    [["--set", "training.epoch=2"], "onda: training.epoch: unknown key; did you mean epochs?\n"],
    [["--executor", "gpu"], 'onda: compute.executor: expected one of auto, js, ort, got the text "gpu"\n'],
    [
      ["--dtype", "float16"],
      'onda: compute.dtype: expected one of float64, float32, got the text "float16"; did you mean float64?\n',
    ],
    [["--resume"], "onda: runs/t: there is no stopped training to resume\n"],
    [["--device", "cpu"], "onda: --device: unknown option; see onda --help\n"],
  ])("refuses %j and writes nothing", async (flags, message) => {
    await write("t.yaml");
    expect(await onda(["train", "t.yaml", ...flags])).toEqual({ code: 2, out: "", err: message });
    expect(exists("runs")).toBe(false);
  });

  it("refuses to replace what isn't a result", async () => {
    await write("t.yaml");
    await writeFile(join(folder, "mine.txt"), "x");
    expect((await onda(["train", "t.yaml", "--out", "."])).err).toContain("expected a new folder or an earlier result");
  });
});
