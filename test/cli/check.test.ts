import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { trace } from "../../src/engine/graph/index.ts";
import { writeOnnx } from "../../src/engine/onnx/index.ts";
import { readNpy, writeNpy } from "../../src/engine/tensor/index.ts";
import { array, caseWith } from "../study/case/cases.ts";
import { command, type Printed } from "./command.ts";

const fixtures = fileURLToPath(new URL("../fixtures/onnx/", import.meta.url));
let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "onda-check-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const check = (...args: string[]): Promise<Printed> => command(folder, ["check", ...args]);
const net = (name: string): string => join(fixtures, name);
const numbers = async (file: string): Promise<Float64Array> => readNpy(await readFile(file), file).data;

describe("onda check", () => {
  it("tells what is in a network and tests its derivatives", async () => {
    const { code, out, err } = await check(net("encoder.f64.onnx"));
    expect([code, err]).toEqual([0, ""]);
    expect(out).toContain("input: double (batch, 1, 64, 64), here (1, 1, 64, 64)");
    expect(out).toContain("output: double (1, 32)");
    expect(out).toMatch(/parameters +7016\n/);
    expect(out).toContain("Conv 4, Flatten 1, Gemm 1, MaxPool 4");
    expect(out.match(/passed/g)).toHaveLength(3);
    expect((await check(net("encoder.f64.onnx"))).out).toBe(out);
    expect((await check(net("encoder.f64.onnx"), "--seed", "2")).out).not.toBe(out);
    expect(await readdir(folder)).toEqual([]);
  });

  it("writes output and derivatives", async () => {
    const given = ["input", "cotangent", "tangent"].map((kind) => [`--${kind}`, net(`decoder.${kind}.npy`)]);
    const { code } = await check(net("decoder.f64.onnx"), ...given.flat(), "--out", "out");
    expect(code).toBe(0);
    expect((await readdir(join(folder, "out"))).sort()).toEqual(["jvp.npy", "output.npy", "vjp.npy"]);
    for (const kind of ["output", "vjp", "jvp"]) {
      const [got, want] = [
        await numbers(join(folder, "out", `${kind}.npy`)),
        await numbers(net(`decoder.${kind}.npy`)),
      ];
      expect(Math.hypot(...got.map((value, i) => value - want[i]!)) / Math.hypot(...want)).toBeLessThan(1e-11);
    }
  });

  it("takes float32, shapes and several inputs by name", async () => {
    expect((await check(net("residual-mlp.onnx"), "--dtype", "float32", "--shape", "3,32")).out).toContain("float32");
    const graph = trace(
      (a, b) => [a.mul(b), a.add(b)],
      [
        { shape: [2], name: "a" },
        { shape: [2], name: "b" },
      ],
    );
    await writeFile(join(folder, "two.onnx"), writeOnnx(graph));
    await writeFile(join(folder, "u.npy"), writeNpy(array([2], [1, 2])));
    const [first] = (await check("two.onnx")).out.match(/inputs +(\S+):/)?.slice(1) ?? [];
    expect((await check("two.onnx", "--input", "u.npy")).err).toMatch(/^onda: --input: expected NAME=… with one of/);
    const { code } = await check("two.onnx", "--input", `${first}=u.npy`, "--tangent", `${first}=u.npy`, "--out", "o");
    expect(code).toBe(0);
    expect((await readdir(join(folder, "o"))).filter((name) => name.startsWith("jvp."))).toHaveLength(2);
  });

  it("keeps off kinks and says so", async () => {
    const graphs = {
      relu: trace((x) => x.relu().sub(x.abs().mul(0.3)).sum(), [[40]]),
      max: trace((x) => x.reshape([1, 1, 8, 8]).maxPool({ kernel: 2 }), [[64]]),
      smooth: trace((x) => x.sin().mul(x.exp()), [[5]]),
    };
    for (const [name, graph] of Object.entries(graphs)) await writeFile(join(folder, `${name}.onnx`), writeOnnx(graph));
    await writeFile(join(folder, "zero.npy"), writeNpy(array([40], new Float64Array(40))));
    await writeFile(join(folder, "flat.npy"), writeNpy(array([64], new Float64Array(64).fill(2))));
    const zero = await check("relu.onnx", "--input", "zero.npy");
    expect(zero.out).toContain("a kink lies at the input itself");
    const flat = await check("max.onnx", "--input", "flat.npy");
    expect([zero.code, flat.code, (await check("smooth.onnx")).code]).toEqual([0, 0, 0]);
  });

  it("fails where numbers aren't finite", async () => {
    await writeFile(join(folder, "log.onnx"), writeOnnx(trace((x) => x.square().neg().log(), [[3]])));
    const { code, out } = await check("log.onnx");
    expect(code).toBe(1);
    expect(out).toContain("FAILED: it holds numbers that are not finite");
  });

  it("refuses bad input with exit code 2", async () => {
    await writeFile(join(folder, "cut.onnx"), (await readFile(net("decoder.onnx"))).subarray(0, 900));
    await writeFile(join(folder, "x.npy"), writeNpy(array([3], [1, 2, 3])));
    await copyFile(net("lstm-1-to-n.f64.onnx"), join(folder, "lstm.onnx"));
    for (const [args, message] of [
      [["cut.onnx"], /^onda: cut\.onnx: is truncated or damaged/],
      [["x.npy"], /^onda: x\.npy: is not an ONNX file|damaged/],
      [["lstm.onnx", "--input", "x.npy"], /expected shape \(1, 3\) for input "input", got \(3\)/],
      [["lstm.onnx", "--tangent", "x.npy"], /^onda: --tangent: expected shape \(1, 3\) for "input", got \(3\)/],
      [["lstm.onnx", "--shape", "two"], /^onda: --shape: expected extents such as 2,3/],
      [["lstm.onnx", "--dtype", "int8"], /^onda: --dtype: expected float64 or float32, got int8/],
      [["lstm.onnx", "--seed", "-1"], /^onda: --seed/],
      [["lstm.onnx", "--input", "none.npy"], /there is no such file/],
    ] as const) {
      const { code, err, out } = await check(...args);
      expect([code, out], args.join(" ")).toEqual([2, ""]);
      expect(err).toMatch(message);
    }
  });
});

describe("onda check of a case", () => {
  const write = (name: string, value: unknown): Promise<void> => writeFile(join(folder, name), JSON.stringify(value));
  it("tries all of its parts", async () => {
    const diffusion = { name: "diffusion", length: 1.5, domain: { name: "ring" } };
    await write(
      "c.json",
      caseWith({
        model: { name: "lorenz96", size: 8 },
        "initial.mean": { unit: 0 },
        modelError: { variance: 0.1 },
        method: { name: "3dvar", covariance: diffusion },
      }),
    );
    const { code, out, err } = await check("c.json");
    expect([code, err]).toEqual([0, ""]);
    for (const line of [
      'model: model "lorenz96" of 8 variables',
      'observations.operator: operator "identity" from 8 to 8',
      'observations.error: covariance "scalar" of size 8',
      'initial.covariance: covariance "scalar" of size 8',
      'modelError: covariance "scalar" of size 8',
      'method.covariance: covariance "diffusion" of size 8',
    ])
      expect(out).toContain(`${line}\n`);
    expect(out).toMatch(/\n(\d+) of \1 checks passed\n$/);
    expect((await check("c.json")).out).toBe(out);
  });

  it("fails when a part isn't what it has to be", async () => {
    await writeFile(
      join(folder, "model.mjs"),
      `export default {
        size: 2, dt: 1,
        step: (x) => [x[0] * x[1], x[1]],
        tangent: (x, dx) => [x[0] * dx[1] + x[1] * dx[0], dx[1]],
        adjoint: (x, dy) => [x[1] * dy[0], dy[1]],
      };`,
    );
    await write(
      "c.json",
      caseWith({
        model: { name: "module", file: "model.mjs" },
        "initial.mean": [1, 2],
        "initial.covariance": { std: 1 },
      }),
    );
    const { code, out } = await check("c.json");
    expect(code).toBe(1);
    expect(out).toMatch(/FAILED {2}one step: adjoint /);
    expect(out.match(/FAILED/g)).toHaveLength(1);
    expect(out).toMatch(/\n\d+ of \d+ checks passed\n$/);
    const refused = await check("c.json", "--no-modules");
    expect([refused.code, refused.err]).toEqual([2, expect.stringContaining("modules are not allowed here")]);
  });
});
