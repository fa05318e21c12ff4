/**
 * Networks of test/fixtures/onnx and a few larger ones, forward and with their adjoint, on one thread: generated code with WebAssembly, ONNX
 * Runtime on our graphs, ONNX Runtime on the forward network as it is, and PyTorch (ONDA_PEERS names a Python that has it).
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { compile } from "../src/engine/execute/index.ts";
import { type Graph, vjp } from "../src/engine/graph/index.ts";
import { readOnnx, writeOnnx } from "../src/engine/onnx/index.ts";
import { type NdArray, readNpy } from "../src/engine/tensor/index.ts";
import { largeNetworks } from "./network-cases.ts";

const read = (file: string): Uint8Array => readFileSync(`test/fixtures/onnx/${file}`);
const sine = (shape: readonly number[], phase: number): NdArray => ({
  data: Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(12.9898 * i + phase)),
  shape,
});

interface Case {
  readonly name: string;
  readonly graph: Graph;
  readonly input: NdArray;
  /** The forward network in float32, and what its input is called. */
  readonly original: Uint8Array;
  readonly inputName: string;
  /** Generated code is left out where it would take minutes. */
  readonly js: boolean;
}

function fixture(name: string, file = name): Case {
  const original = read(`${file}.onnx`);
  const input = readNpy(read(`${name}.input.npy`));
  const model = readOnnx(read(`${file}.f64.onnx`), { name });
  const inputName = model.inputs[0]!.name;
  const graph = model.toGraph({ shapes: { [inputName]: input.shape } });
  return { name: file, graph, input, original, inputName, js: true };
}

const words = process.argv.slice(2);
const wanted = (name: string): boolean => words.length === 0 || words.some((word) => name.includes(word));
const cases: Case[] = [
  ...["residual-mlp", "encoder", "decoder", "lstm-1-to-n", "periodic-cnn"].filter(wanted).map((name) => fixture(name)),
  ...["attention.script-14", "u-net.script-11", "gru.script-12", "resnet.script-13", "conv-next.script-14"]
    .filter(wanted)
    .map((file) => fixture(`families/${file.split(".")[0]}`, `families/${file}`)),
  ...largeNetworks()
    .filter(({ name }) => wanted(name))
    .map(({ name, graph, shape, js }): Case => {
      const original = writeOnnx(graph, { dtype: "float32" });
      return { name, graph, input: sine(shape, 1), original, inputName: "x0", js };
    }),
];

/** Median milliseconds of alternating runs: what is compared runs in the same seconds. */
async function times(runs: Readonly<Record<string, () => unknown>>): Promise<Record<string, number>> {
  const samples = new Map<string, number[]>();
  const repeats = new Map<string, number>();
  for (const [name, run] of Object.entries(runs)) {
    const begin = performance.now();
    let count = 0;
    while (count < 2 || (performance.now() - begin < 300 && count < 2000)) {
      await run();
      count++;
    }
    repeats.set(name, Math.max(1, Math.ceil((count * 10) / (performance.now() - begin))));
    samples.set(name, []);
  }
  for (let round = 0; round < 11; round++) {
    for (const [name, run] of Object.entries(runs)) {
      const count = repeats.get(name)!;
      const begin = performance.now();
      for (let i = 0; i < count; i++) await run();
      samples.get(name)!.push((performance.now() - begin) / count);
    }
  }
  return Object.fromEntries([...samples].map(([name, list]) => [name, list.sort((a, b) => a - b)[5]!]));
}

async function plain({ original, input, inputName }: Case): Promise<() => unknown> {
  const session = await InferenceSession.create(original, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  const feeds = { [inputName]: new Tensor("float32", Float32Array.from(input.data), [...input.shape]) };
  return () => session.run(feeds);
}

/** PyTorch's times by the network's name, undefined without PyTorch. */
function peerTimes(): Readonly<Record<string, { forward: number; vjp: number }>> | undefined {
  const python = process.env.ONDA_PEERS;
  if (python === undefined) {
    console.log("PyTorch is left out: ONDA_PEERS names no Python that has torch and onnx");
    return undefined;
  }
  const folder = mkdtempSync(join(tmpdir(), "onda-bench-"));
  try {
    const list = cases.map(({ name, original, input }, i) => {
      writeFileSync(join(folder, `${i}.onnx`), original);
      return { name, file: `${i}.onnx`, shape: input.shape };
    });
    writeFileSync(join(folder, "cases.json"), JSON.stringify(list));
    const { stdout, stderr, status } = spawnSync(python, ["bench/peers/networks.py", folder], {
      encoding: "utf8",
      env: { ...process.env, OMP_NUM_THREADS: "1" },
    });
    if (status === 0) return JSON.parse(stdout.slice(stdout.lastIndexOf("\n{") + 1));
    console.log(`PyTorch is left out: ${stderr.trim().split("\n").at(-1)}`);
    return undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const peers = peerTimes();
const rows: Record<string, string | number>[] = [];
for (const own of cases) {
  const { name, graph, input, js } = own;
  const cotangent = sine(graph.outputs[0]!.shape, 2);
  const adjoint = vjp(graph);
  for (const [what, program, args] of [
    ["forward", graph, [input]],
    ["vjp", adjoint, [input, cotangent]],
  ] as const) {
    const generated = js ? compile(program, { executor: "wasm" }) : undefined;
    const narrow = js ? compile(program, { executor: "wasm", dtype: "float32" }) : undefined;
    const double = compile(program, { executor: "ort" });
    const single = compile(program, { executor: "ort", dtype: "float32" });
    const session = what === "forward" ? await plain(own) : undefined;
    const measured = await times({
      ...(generated && { "wasm float64": () => generated.runSync(args) }),
      ...(narrow && { "wasm float32": () => narrow.runSync(args) }),
      "ort float64": () => double.run(args),
      "ort float32": () => single.run(args),
      ...(session && { "plain float32": session }),
    });
    const torch = peers?.[name]?.[what];
    const row: Record<string, string | number> = { network: name, what };
    for (const [column, value] of Object.entries(measured)) row[`${column} ms`] = Number(value.toFixed(3));
    if (torch !== undefined) row["torch float32 ms"] = Number(torch.toFixed(3));
    const reference = what === "forward" ? measured["plain float32"] : torch;
    const ours = Math.min(measured["ort float32"]!, measured["wasm float32"] ?? Number.POSITIVE_INFINITY);
    if (reference !== undefined) row["better / reference"] = Number((ours / reference).toFixed(2));
    rows.push(row);
  }
}
console.log("better / reference: the faster of our float32 over plain ONNX Runtime (forward) or over PyTorch (vjp)");
console.table(rows);
console.log(JSON.stringify(rows));
