/** Networks of test/fixtures/onnx, forward and with their adjoint: generated code against ONNX Runtime, one thread. */
import { readFileSync } from "node:fs";
import { compile } from "../src/engine/execute/index.ts";
import { vjp } from "../src/engine/graph/index.ts";
import { readOnnx } from "../src/engine/onnx/index.ts";
import { readNpy } from "../src/engine/tensor/index.ts";

const read = (file: string): Uint8Array => readFileSync(`test/fixtures/onnx/${file}`);
const median = (list: number[]): number => list.sort((a, b) => a - b)[list.length >> 1]!;

async function time(run: () => unknown): Promise<number> {
  for (let i = 0, end = performance.now() + 300; i < 3 || performance.now() < end; i++) await run();
  const samples: number[] = [];
  for (let i = 0; i < 30; i++) {
    const start = performance.now();
    await run();
    samples.push(performance.now() - start);
  }
  return Number(median(samples).toFixed(3));
}

const rows = [];
for (const name of ["residual-mlp", "encoder", "decoder", "lstm-1-to-n", "periodic-cnn"]) {
  const input = readNpy(read(`${name}.input.npy`));
  const cotangent = readNpy(read(`${name}.cotangent.npy`));
  const model = readOnnx(read(`${name}.f64.onnx`), { name });
  const forward = model.toGraph({ shapes: { [model.inputs[0]!.name]: input.shape } });
  for (const [what, graph, args] of [
    ["forward", forward, [input]],
    ["with adjoint", vjp(forward), [input, cotangent]],
  ] as const) {
    const js = compile(graph);
    const double = compile(graph, { executor: "ort" });
    const single = compile(graph, { executor: "ort", dtype: "float32" });
    rows.push({
      network: name,
      what,
      "js float64 ms": await time(() => js.runSync(args)),
      "ort float64 ms": await time(() => double.run(args)),
      "ort float32 ms": await time(() => single.run(args)),
    });
  }
}
console.table(rows);
console.log(JSON.stringify(rows));
