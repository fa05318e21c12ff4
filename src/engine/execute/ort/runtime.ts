import { CapabilityError } from "../../errors/index.ts";
import type { OnnxRuntime, OnnxSession } from "./contract.ts";
import { type NativeSession, nativeRuntime } from "./native.ts";

/** A session of either kind, and how tensors are made for it. */
export type OpenSession =
  | { readonly synchronous: true; readonly session: NativeSession; readonly Tensor: OnnxRuntime["Tensor"] }
  | { readonly synchronous: false; readonly session: OnnxSession; readonly Tensor: OnnxRuntime["Tensor"] };

let given: OnnxRuntime | undefined;

/** Gives the runtime that executor "ort" uses, where it can't be imported by its name: in a page, a bundle or a test. */
export function useOnnxRuntime(runtime: OnnxRuntime | undefined): void {
  given = runtime;
}

/** Whether sessions that answer at once can be had: with onnxruntime-node, unless a runtime was given. */
export function answersAtOnce(): boolean {
  return given === undefined && nativeRuntime() !== undefined;
}

/** A session that answers at once; only where {@link answersAtOnce} says so. */
export function openNow(model: Uint8Array, options: Readonly<Record<string, unknown>>): OpenSession {
  const runtime = nativeRuntime();
  if (runtime === undefined) throw missing();
  return { synchronous: true, session: runtime.create(model, options), Tensor: runtime.Tensor };
}

/** A session of the runtime given, or of the package that a page or Node has. */
export async function open(model: Uint8Array, options: Readonly<Record<string, unknown>>): Promise<OpenSession> {
  if (answersAtOnce()) return openNow(model, options);
  const { InferenceSession, Tensor } = await publicRuntime();
  return { synchronous: false, session: await InferenceSession.create(model, options), Tensor };
}

/** The package's name stands in a variable: bundlers of the main entry shall not look for it. */
const PACKAGES = ["onnxruntime-node", "onnxruntime-web"];

function isRuntime(value: unknown): value is OnnxRuntime {
  return typeof value === "object" && value !== null && "InferenceSession" in value && "Tensor" in value;
}

/** Whether this is a page or a worker of one. */
export function inPage(): boolean {
  return typeof navigator === "object" && "onLine" in navigator && typeof process === "undefined";
}

async function publicRuntime(): Promise<OnnxRuntime> {
  if (given !== undefined) return given;
  for (const name of inPage() ? PACKAGES.slice(1) : PACKAGES) {
    try {
      const loaded: unknown = await import(/* @vite-ignore */ name);
      if (isRuntime(loaded)) {
        given = loaded;
        return loaded;
      }
    } catch {
      // The next one; the error below says what to do.
    }
  }
  throw missing();
}

/** The package and version of the runtime that would be used, such as `onnxruntime-node 1.30.0`; undefined where there is none. */
export async function runtimeVersion(): Promise<string | undefined> {
  try {
    // The public package would become the one in use, which answers with promises.
    const { env } = (given === undefined ? nativeRuntime() : undefined) ?? (await publicRuntime());
    const { node, web } = env?.versions ?? {};
    if (node !== undefined) return `onnxruntime-node ${node}`;
    return web === undefined ? "of unknown version" : `onnxruntime-web ${web}`;
  } catch {
    return undefined;
  }
}

function missing(): CapabilityError {
  return new CapabilityError(
    "executor ort",
    `needs ONNX Runtime: install ${inPage() ? "onnxruntime-web and give it to useOnnxRuntime" : "onnxruntime-node"}, or use executor js`,
    "capability/onnxruntime",
  );
}
