import { CapabilityError, NumericalError } from "../../errors/index.ts";
import { checkArguments, type Graph } from "../../graph/graph.ts";
import { writeOnnx } from "../../onnx/index.ts";
import type { ArrayLike64, NdArray } from "../../tensor/index.ts";
import { sizeOf, toNdArray } from "../../tensor/index.ts";
import type { CompleteOptions } from "../options.ts";
import type { OrtResults } from "./contract.ts";
import { type Opened, openFirst, openFirstNow, type Provider, providersOf } from "./device.ts";
import { answersAtOnce, open, openNow } from "./runtime.ts";

/** A graph run by ONNX Runtime. */
export interface OrtProgram {
  readonly synchronous: boolean;
  run(inputs: readonly ArrayLike64[], out?: readonly Float64Array[]): Promise<NdArray[]>;
  runSync(inputs: readonly ArrayLike64[], out?: readonly Float64Array[]): NdArray[];
}

/**
 * A graph run by ONNX Runtime. The session is made at the first run and kept; Float64Arrays go in, and come out into `out`,
 * without a copy of ours.
 * @throws CapabilityError for a graph that ONNX can't express, at once; without the runtime or the device, at the first run
 */
export function ortExecutable(graph: Graph, options: CompleteOptions): OrtProgram {
  const { device, dtype } = options;
  const providers = providersOf(device, dtype);
  const models = new Map<Provider["dtype"], Uint8Array>();
  const modelOf = (type: Provider["dtype"]): Uint8Array => {
    const made = models.get(type) ?? writeOnnx(graph, { dtype: type });
    models.set(type, made);
    return made;
  };
  modelOf(providers[0]!.dtype);
  const synchronous = answersAtOnce();
  let opened: Opened | undefined;
  let opening: Promise<Opened> | undefined;
  const settled = (session: Opened): Opened => {
    models.clear();
    opened = session;
    return session;
  };
  const wanted = { device, providers };
  return {
    synchronous,
    runSync(inputs, out) {
      const current =
        opened ?? settled(openFirstNow(wanted, (by) => openNow(modelOf(by.dtype), sessionOptions(by, options))));
      if (!current.synchronous)
        throw new CapabilityError("executor ort", "answers with promises here: call run instead of runSync");
      const { feeds, fetches, results } = bind(graph, current, inputs, out);
      return collect(graph, current.session.run(feeds, fetches), results, out);
    },
    async run(inputs, out) {
      opening ??= openFirst(wanted, (by) => open(modelOf(by.dtype), sessionOptions(by, options))).then(settled);
      const current = opened ?? (await opening);
      const { feeds, fetches, results } = bind(graph, current, inputs, out);
      return collect(graph, await current.session.run(feeds, fetches), results, out);
    },
  };
}

function sessionOptions({ name, dtype }: Provider, { threads }: CompleteOptions): Record<string, unknown> {
  return {
    executionProviders: [name],
    intraOpNumThreads: threads,
    logSeverityLevel: 4,
    // Further levels fuse x·sigmoid(x) and the like into operators that have no float64 kernel.
    graphOptimizationLevel: dtype === "float64" ? "basic" : "all",
    enableCpuMemArena: true,
    extra: { session: { intra_op: { allow_spinning: "0" } } },
  };
}

interface Bound {
  readonly feeds: Record<string, unknown>;
  readonly fetches: Record<string, unknown>;
  /** Where the numbers come in: the caller's arrays in float64. */
  readonly results: readonly (Float64Array | undefined)[];
}

function bind(
  graph: Graph,
  { session: { inputNames }, Tensor, provider: { dtype } }: Opened,
  inputs: readonly ArrayLike64[],
  out: readonly Float64Array[] | undefined,
): Bound {
  const values = inputs.map((input, i) => toNdArray(input, graph.inputs[i]?.attributes.name));
  checkArguments(graph, values);
  const feeds: Record<string, unknown> = {};
  values.forEach(({ data, shape }, i) => {
    const name = `x${i}`;
    if (!inputNames.includes(name)) return;
    feeds[name] = new Tensor(dtype, dtype === "float32" ? Float32Array.from(data) : unshared(data), shape);
  });
  const fetches: Record<string, unknown> = {};
  const results = graph.outputs.map(({ shape }, i) => {
    // An empty result can't be written in place.
    const size = sizeOf(shape);
    const own = dtype === "float64" && size > 0 ? (out?.[i] ?? new Float64Array(size)) : undefined;
    fetches[`y${i}`] = own === undefined || own.buffer instanceof Shared ? null : new Tensor(dtype, own, shape);
    return own;
  });
  return { feeds, fetches, results };
}

/** Shared memory, where there is such a thing. */
const Shared: abstract new () => object = typeof SharedArrayBuffer === "undefined" ? class Never {} : SharedArrayBuffer;

/** The runtime refuses arrays on shared memory. */
function unshared(data: Float64Array): Float64Array {
  return data.buffer instanceof Shared ? Float64Array.from(data) : data;
}

function collect(
  graph: Graph,
  values: OrtResults,
  results: readonly (Float64Array | undefined)[],
  out: readonly Float64Array[] | undefined,
): NdArray[] {
  return graph.outputs.map(({ shape }, i) => {
    const data = results[i] ?? out?.[i] ?? new Float64Array(sizeOf(shape));
    const value = values[`y${i}`]?.data;
    if (!(value instanceof Float64Array || value instanceof Float32Array))
      throw new NumericalError("executor ort", `expected numbers for output ${i}`);
    // The native binding has filled `data` already; other runtimes give an array of their own.
    if (value !== data && !inPlace(value, data)) data.set(value);
    return { data, shape };
  });
}

function inPlace(value: Float64Array | Float32Array, data: Float64Array): boolean {
  return value.buffer === data.buffer && value.byteOffset === data.byteOffset;
}
