import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Io } from "../../src/cli/io.ts";
import { machineLines } from "../../src/cli/machine.ts";
import { stopWorkers, workerStatistics } from "../../src/engine/execute/index.ts";
import { readNpy, writeNpy } from "../../src/engine/tensor/index.ts";
import { caseText } from "../../src/study/case/index.ts";
import { array, caseWith, type Json } from "../study/case/cases.ts";
import { command, type Printed } from "./command.ts";

let folder = "";
let interrupt: (() => void) | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "onda-cli-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A command that can be interrupted. */
const onda = (args: string[], change: Partial<Io> = {}): Promise<Printed> =>
  command(folder, args, {
    onInterrupt(handler) {
      interrupt = handler;
      return () => {
        interrupt = undefined;
      };
    },
    ...change,
  });

const write = (name: string, changes: Json = {}): Promise<void> =>
  writeFile(join(folder, name), caseText(caseWith(changes)));
const exists = (path: string): boolean => existsSync(join(folder, path));
const read = (path: string): Promise<Buffer> => readFile(join(folder, path));

describe("onda", () => {
  it("prints its help and exits 0 without arguments", async () => {
    for (const args of [[], ["--help"], ["help"]]) {
      const { code, out, err } = await onda(args);
      expect([code, err]).toEqual([0, ""]);
      expect(out).toContain("Usage: onda");
    }
    expect((await onda(["run", "--help"])).out).toContain("--resume");
    expect(await onda(["--version"])).toEqual({ code: 0, out: expect.stringMatching(/^onda \d/), err: "" });
  });

  it.each([
    [["rn"], "onda: rn: unknown command; did you mean run?\n"],
    [["--foo"], "onda: --foo: unknown option; see onda --help\n"],
    [["run"], "onda: CASE: missing; see onda --help\n"],
    [["run", "a", "--ot", "b"], "onda: --ot: unknown option; did you mean --out?\n"],
    [["run", "a", "--out"], "onda: --out: expected a value after it, got nothing\n"],
    [["run", "a", "b"], "onda: run: expected 1 argument, got 2\n"],
    [["run", "none.yaml"], "onda: none.yaml: there is no such file\n"],
    [["run", "."], "onda: .: expected a file, got a folder\n"],
    [
      ["info", "methds"],
      "onda: methds: expected models, methods, operators, covariances, minimizers, machine or a case file, and there is no such file; did you mean methods?\n",
    ],
    [["check", "x.onnx", "--input", "x.npy"], "onda: x.onnx: there is no such file\n"],
    [["check", "c.yaml"], "onda: c.yaml: there is no such file\n"],
    [
      ["check", "c.yaml", "--dtype", "float32"],
      "onda: --dtype: is for networks; a case is checked with what it says itself\n",
    ],
    [["cite"], "onda: CASE: missing; see onda --help\n"],
    [["cite", "c.yaml"], "onda: c.yaml: there is no such file\n"],
    [["cite", "c.yaml", "--out", "x"], "onda: --out: unknown option; see onda --help\n"],
  ])("%j is bad input", async (args, message) => {
    expect(await onda(args)).toEqual({ code: 2, out: "", err: message });
  });

  it("colours its errors on terminals", async () => {
    const { err } = await onda(["rn"], { colors: { out: true, err: true } });
    expect(err).toBe("\u001b[31monda:\u001b[39m rn: unknown command; did you mean run?\n");
  });

  it("shows where an error comes from with ONDA_DEBUG=1 alone", async () => {
    await write("c.yaml", { "method.name": "enfk" });
    expect((await onda(["run", "c.yaml"])).err).not.toMatch(/^\s+at /m);
    expect((await onda(["run", "c.yaml"], { env: { ONDA_DEBUG: "1" } })).err).toMatch(/^\s+at /m);
  });
});

describe("onda run", () => {
  it("uses all cores unless the case or a flag says otherwise, with the same bytes", async () => {
    const heavy = {
      model: { name: "lorenz96" },
      initial: { mean: { unit: 0, value: 1 }, covariance: { variance: 0.1 } },
      observations: { every: 60, count: 3, operator: { name: "identity" }, error: { variance: 1 } },
      method: { name: "enkf", members: 60 },
    };
    await write("a.yaml", heavy);
    await write("one.yaml", { ...heavy, compute: { threads: 1 } });
    const before = workerStatistics().workers;
    await onda(["run", "one.yaml"]);
    await onda(["run", "a.yaml", "--out", "flag", "--threads", "1"]);
    expect(workerStatistics().workers).toBe(before);
    await onda(["run", "a.yaml", "--out", "three", "--threads", "3"]);
    expect(workerStatistics().workers).toBeGreaterThanOrEqual(2);
    stopWorkers();
    await onda(["run", "a.yaml"]);
    expect(workerStatistics().workers).toBe(availableParallelism() - 1);
    stopWorkers();
    const means = await Promise.all(
      ["one", "a"]
        .map((name) => read(`runs/${name}/arrays/analysisMean.npy`))
        .concat(read("flag/arrays/analysisMean.npy")),
    );
    means.push(await read("three/arrays/analysisMean.npy"));
    for (const bytes of means) expect(bytes.equals(means[0]!)).toBe(true);
  });
  it("prints a table and writes the results", async () => {
    await write("c.yaml");
    const { code, out, err } = await onda(["run", "c.yaml"]);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(/RMSE .* ± /);
    expect(out).toContain("results       runs/c\n");
    expect((await readdir(join(folder, "runs/c"))).sort()).toEqual(["arrays", "case.yaml", "summary.json"]);
  });

  it("prints summary.json alone with --json, nothing with --quiet", async () => {
    await write("c.yaml");
    const json = await onda(["run", "c.yaml", "--json", "--out", "x"]);
    expect(json.out).toBe((await read("x/summary.json")).toString());
    expect(await onda(["run", "c.yaml", "--quiet"])).toEqual({ code: 0, out: "", err: "" });
  });

  it("takes the title from the file's name when there is none", async () => {
    await write("storm.yaml", { title: undefined });
    expect((await onda(["run", "storm.yaml"])).out.split("\n")[0]).toBe("storm");
  });

  it("writes a case that gives the same bytes again from where it lies", async () => {
    await writeFile(join(folder, "mean.npy"), writeNpy(array([3], [1, 2, 3])));
    await write("c.yaml", { "initial.mean": { file: "mean.npy" }, "outputs.save": ["ensemble"] });
    expect((await onda(["run", "c.yaml", "--out", "a/b", "--set", "method.inflation=1.1", "--seed", "7"])).code).toBe(
      0,
    );
    expect((await read("a/b/case.yaml")).toString()).toContain("file: ../../mean.npy");
    expect((await onda(["run", "a/b/case.yaml", "--out", "again"])).code).toBe(0);
    expect(await read("again/arrays/ensemble.npy")).toEqual(await read("a/b/arrays/ensemble.npy"));
    expect((await onda(["run", "a/b/case.yaml", "--out", "a/b"])).code).toBe(0);
    expect(await read("again/arrays/ensemble.npy")).toEqual(await read("a/b/arrays/ensemble.npy"));
  });

  it.each([
    [["--seed", "x"], 'onda: seed: expected an integer from 0 to 2^53 - 1, got the text "x"\n'],
    [["--set", "method.inflaton=2"], "onda: method.inflaton: unknown key; did you mean inflation?\n"],
    [["--set", "__proto__.x=2"], 'onda: --set __proto__.x: the key "__proto__" is refused\n'],
    [["--set", "x"], 'onda: --set: expected key.path=value, got "x"\n'],
    [["--executor", "gpu"], 'onda: compute.executor: expected auto, js, wasm or ort, got the text "gpu"\n'],
    [["--dtype", "half"], 'onda: compute.dtype: expected float64 or float32, got the text "half"\n'],
    [["--threads", "0"], "onda: compute.threads: expected an integer from 1 on, got 0\n"],
    [["--resume"], "onda: runs/c: there is no stopped run to resume\n"],
  ])("refuses %j and writes nothing", async (flags, message) => {
    await write("c.yaml");
    expect(await onda(["run", "c.yaml", ...flags])).toEqual({ code: 2, out: "", err: message });
    expect(exists("runs")).toBe(false);
  });

  it("refuses to replace folders that hold something else", async () => {
    await write("c.yaml");
    const { code, err } = await onda(["run", "c.yaml", "--out", "."]);
    expect(code).toBe(2);
    expect(err).toContain("onda: .: expected a new folder or an earlier result");
  });

  it("names file, line and column of what isn't well-formed", async () => {
    await writeFile(join(folder, "c.yaml"), "title: a\ntitle: b\n");
    expect(await onda(["run", "c.yaml"])).toEqual({
      code: 2,
      out: "",
      err: "onda: c.yaml:2:1: this key is there twice\n",
    });
  });

  it("exits 1 when the model blows up, and keeps what was finished", async () => {
    await write("c.yaml", { "model.dt": 0.5 });
    const { code, err } = await onda(["run", "c.yaml", "--out", "x"]);
    expect(code).toBe(1);
    expect(err).toMatch(/^onda: truth: model "lorenz63" blew up between times/);
    expect(JSON.parse((await read("x/summary.json")).toString())).toMatchObject({ status: "failed", cycles: 0 });
  });

  it("says once that a case brings code, and refuses it if told to", async () => {
    await writeFile(join(folder, "m.mjs"), "export default { size: 3, dt: 0.01, step: (x) => x.map((v) => 0.9 * v) };");
    await write("c.yaml", { model: { name: "module", file: "m.mjs" } });
    const { code, err } = await onda(["run", "c.yaml"]);
    expect([code, err]).toEqual([
      0,
      "onda: this case runs code of its own (name: module); --no-modules refuses that\n",
    ]);
    const refused = await onda(["run", "c.yaml", "--no-modules", "--out", "x"]);
    expect(refused.code).toBe(2);
    expect(refused.err).toContain('onda: model: "m.mjs" is code, and modules are not allowed here');
    expect(exists("x")).toBe(false);
  });

  it("stops at Ctrl-C and goes on with --resume to the same bytes", async () => {
    await write("c.yaml", { "outputs.save": ["ensemble", "analysisMean"], "observations.count": 3000 });
    expect((await onda(["run", "c.yaml", "--out", "whole", "--quiet"])).code).toBe(0);
    const timer = setInterval(() => {
      interrupt?.();
      interrupt = undefined;
    }, 5);
    const stopped = await onda(["run", "c.yaml", "--out", "part"]);
    clearInterval(timer);
    expect(stopped.code).toBe(1);
    expect(stopped.err).toContain("onda: stopping after this cycle");
    expect(stopped.err).toContain("the same command with --resume goes on");
    expect(exists("part/checkpoint")).toBe(true);
    const other = await onda(["run", "c.yaml", "--out", "part", "--resume", "--seed", "99"]);
    expect(other.code).toBe(2);
    expect(other.err).toContain("onda: --resume: the case is not the one that was stopped in part");
    expect((await onda(["run", "c.yaml", "--out", "part", "--resume"])).code).toBe(0);
    expect(exists("part/checkpoint")).toBe(false);
    for (const name of ["ensemble", "analysisMean", "times"])
      expect(await read(`part/arrays/${name}.npy`)).toEqual(await read(`whole/arrays/${name}.npy`));
  });

  it("draws its progress on terminals only, and takes it away", async () => {
    await write("c.yaml");
    const { err } = await onda(["run", "c.yaml"], { interactive: true });
    expect(err).toContain("6/6 cycles");
    expect(err.endsWith("\r\u001b[2K")).toBe(true);
  });
});

describe("onda info and init", () => {
  it("list what there is", async () => {
    expect((await onda(["info"])).out).toMatch(/^methods +none, climatology, kalman/m);
    const { out } = await onda(["info", "methods"]);
    expect(out).toContain("enkf  stochastic ensemble Kalman filter");
    expect(out).toMatch(/members +size of the ensemble\n +required; an integer of at least 2/);
    expect((await onda(["info", "models"])).out).toMatch(
      /dt +length of a step\n +default 0.01; unit: time; a positive number/,
    );
  });

  it("say what is in use on this machine", async () => {
    const { code, out } = await onda(["info", "machine"]);
    expect(code).toBe(0);
    expect(out.split("\n").map((line) => line.slice(0, 16).trim())).toEqual([
      ...["onda", "Node", "processors", "executor js", "executor wasm", "executor ort", "linear algebra", ""],
    ]);
    expect(out).toContain(`Node            ${process.versions.node} (`);
    expect(out).toContain(`processors      ${availableParallelism()}`);
    expect(out).toMatch(/^executor wasm {3}yes \(SIMD\)$/m);
    expect(out).toMatch(/^executor ort {4}onnxruntime-node 1\.\d+\.\d+$/m);
    expect(out).toMatch(/^linear algebra {2}WebAssembly kernels/m);
    expect((await onda(["info"])).out).toMatch(/^executors {7}js, wasm, ort$/m);
  });

  it("say what isn't there", () => {
    const text = new Map(
      machineLines({
        ...{ node: "20", processors: 1, processor: undefined },
        executors: { wasm: false, ort: undefined },
        linalg: { kernels: false },
      }),
    );
    expect(text.get("processors")).toBe("1");
    expect(text.get("executor wasm")).toBe("no SIMD here: js runs in its place");
    expect(text.get("executor ort")).toBe("not installed (npm install onnxruntime-node)");
    expect(text.get("linear algebra")).toBe("JavaScript");
  });

  it("show a case with its defaults", async () => {
    await write("c.yaml");
    expect((await onda(["info", "c.yaml"])).out).toContain("perturbations: centred");
  });

  it("show what its covariances look like, and go on without what isn't there", async () => {
    const correlation = {
      name: "spectral",
      kind: "soar",
      length: 1.2,
      domain: { name: "grid", shape: [9, 15] },
      std: 2,
    };
    await write("c.yaml", {
      model: { name: "identity", size: 135 },
      "initial.mean": 0,
      "initial.covariance": correlation,
      "observations.error": { name: "correlation", kind: "exponential", length: 9, domain: { name: "line" } },
    });
    const { code, out } = await onda(["info", "c.yaml"]);
    expect(code).toBe(0);
    expect(out).toContain(
      "initial.covariance spectral: what an observation of component 67 moves; standard deviation there 2.00",
    );
    expect(out).toMatch(/^ {4}··░▒▓█▓▒░··$/m);
    expect(out).toMatch(/\nobservations.error dense: .*\n {2} *▁+▂+▃+▄+▅+▆+▇+█+▇+▆+▅+▄+▃+▂+▁+\n/);
    await write("m.yaml", { "initial.covariance": { file: "none.npy" } });
    const other = await onda(["info", "m.yaml"]);
    expect([other.code, other.out]).toEqual([
      0,
      expect.stringContaining("no pictures of its covariances: initial.covariance: none.npy: there is no such file"),
    ]);
  });

  it("write a case that runs, and never over another", async () => {
    expect(await onda(["init", "mine"])).toEqual({
      code: 0,
      out: "Wrote mine.yaml. Run it: onda run mine.yaml\n",
      err: "",
    });
    expect((await onda(["run", "mine.yaml", "--quiet"])).code).toBe(0);
    expect(exists("runs/mine/report.html")).toBe(true);
    expect(await onda(["init", "mine"])).toEqual({
      code: 2,
      out: "",
      err: "onda: mine.yaml: is there already; choose another name\n",
    });
  });
});

describe("onda estimate", () => {
  const small = {
    model: { name: "lorenz96", size: 8 },
    "initial.mean": { unit: 0 },
    "observations.every": 1,
    "observations.count": 300,
  };
  it("estimates R and B and writes what a case can use", async () => {
    await write("c.yaml", {
      ...small,
      method: { name: "3dvar", covariance: { variance: 0.3 } },
      burnIn: { cycles: 20 },
    });
    const { code, out, err } = await onda(["estimate", "c.yaml"]);
    expect(code).toBe(0);
    expect(out).toMatch(/cycles +280 of 300 after the burn-in, 280 complete/);
    expect(out).toMatch(/Desroziers +\d\.\d+ +\d\.\d+\n/);
    expect(out).toContain("results       estimates/c; in a case:\n\n  observations:\n    error: { std: 1.");
    expect(err).toContain("not identifiable");
    const summary: unknown = JSON.parse((await read("estimates/c/summary.json")).toString());
    expect(summary).toMatchObject({ method: "3dvar", observations: 8, cycles: { used: 280 } });
    for (const name of ["R", "HBHt", "B"])
      expect(readNpy(await read(`estimates/c/${name}.npy`), name).shape).toEqual([8, 8]);
    const again = await onda(["estimate", "c.yaml", "--json"]);
    expect(JSON.parse(again.out)).toEqual(summary);
    const inUse = [
      "--set",
      "observations.error={ file: estimates/c/R.npy }",
      "--set",
      "method.covariance={ file: estimates/c/B.npy }",
    ];
    expect((await onda(["run", "c.yaml", "--quiet", ...inUse])).code).toBe(0);
  });
  it("refuses a folder that holds something else", async () => {
    await write("c.yaml", small);
    await mkdir(join(folder, "mine"));
    await writeFile(join(folder, "mine", "letter.txt"), "");
    const { code, err } = await onda(["estimate", "c.yaml", "--out", "mine"]);
    expect([code, err]).toEqual([2, expect.stringContaining("mine: expected a new folder or an earlier result")]);
  });
});
