import { NumericalError } from "../../errors/index.ts";
import { checkArguments, type Graph } from "../../graph/graph.ts";
import { writeOnnx } from "../../onnx/index.ts";
import type { ArrayLike64, NdArray } from "../../tensor/index.ts";
import { sizeOf, toNdArray } from "../../tensor/index.ts";
import { type OnnxSession, onnxRuntime } from "./runtime.ts";

export interface OrtOptions {
  readonly dtype: "float64" | "float32";
  /** Threads inside an operation. */
  readonly threads: number;
}

/**
 * A graph run by ONNX Runtime. The session is made at the first run and kept; Float64Arrays go in without a copy.
 * @throws CapabilityError for a graph that ONNX can't express, at once; without the runtime, at the first run
 */
export function ortExecutable(
  graph: Graph,
  { dtype, threads }: OrtOptions,
): (inputs: readonly ArrayLike64[], out?: readonly Float64Array[]) => Promise<NdArray[]> {
  const model = writeOnnx(graph, { dtype });
  let session: Promise<OnnxSession> | undefined;
  const open = async (): Promise<OnnxSession> => {
    const { InferenceSession } = await onnxRuntime();
    return InferenceSession.create(model, {
      intraOpNumThreads: threads,
      logSeverityLevel: 3,
      // Further levels fuse x·sigmoid(x) and the like into operators that have no float64 kernel.
      graphOptimizationLevel: dtype === "float64" ? "basic" : "all",
      enableCpuMemArena: true,
      extra: { session: { intra_op: { allow_spinning: "0" } } },
    });
  };
  return async (inputs, out) => {
    const values = inputs.map((input, i) => toNdArray(input, graph.inputs[i]?.attributes.name));
    checkArguments(graph, values);
    const { Tensor } = await onnxRuntime();
    session ??= open();
    const { inputNames, run } = bind(await session);
    const feeds: Record<string, unknown> = {};
    values.forEach(({ data, shape }, i) => {
      const name = `x${i}`;
      if (inputNames.includes(name))
        feeds[name] = new Tensor(dtype, dtype === "float32" ? Float32Array.from(data) : data, shape);
    });
    const results = await run(feeds);
    return graph.outputs.map(({ shape }, i) => {
      const data = out?.[i] ?? new Float64Array(sizeOf(shape));
      const result = results[`y${i}`]?.data;
      if (!(result instanceof Float64Array || result instanceof Float32Array))
        throw new NumericalError("executor ort", `expected numbers for output ${i}`);
      data.set(result);
      return { data, shape };
    });
  };
}

function bind(session: OnnxSession): Pick<OnnxSession, "inputNames" | "run"> {
  return { inputNames: session.inputNames, run: (feeds) => session.run(feeds) };
}
