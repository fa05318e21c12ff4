import type { OnnxRuntime, OrtResults } from "./contract.ts";

/** A session that answers at once. */
export interface NativeSession {
  readonly inputNames: readonly string[];
  run(feeds: Readonly<Record<string, unknown>>, fetches: Readonly<Record<string, unknown>>): OrtResults;
}

/** onnxruntime-node underneath its promises. */
export interface NativeRuntime {
  readonly Tensor: OnnxRuntime["Tensor"];
  readonly env: OnnxRuntime["env"];
  create(model: Uint8Array, options: Readonly<Record<string, unknown>>): NativeSession;
}

/** What the package's binding holds: not its public interface, so each part is checked before it is used. */
interface BindingSession {
  readonly inputMetadata: readonly { readonly name: string }[];
  loadModel(buffer: ArrayBufferLike, offset: number, length: number, options: object): void;
  run(feeds: object, fetches: object, options: object): OrtResults;
}

interface Binding {
  initOrt(): void;
  readonly binding: { readonly InferenceSession: new () => BindingSession };
}

type Loader = (name: string) => unknown;

const PACKAGE = "onnxruntime-node";

let found: { readonly runtime: NativeRuntime | undefined } | undefined;

/**
 * onnxruntime-node called at once, without promises: `run` of its binding takes 5 µs where the public call, which computes on
 * the same thread, takes 14 and a turn of the event loop. Undefined where there is no such package or its inside has changed.
 */
export function nativeRuntime(): NativeRuntime | undefined {
  found ??= { runtime: load() };
  return found.runtime;
}

function load(): NativeRuntime | undefined {
  for (const loadPackage of loaders()) {
    try {
      const [common, inside] = [loadPackage(PACKAGE), loadPackage(`${PACKAGE}/dist/binding.js`)];
      if (!hasTensor(common) || !isBinding(inside)) return undefined;
      // Failures come as errors; the log would repeat them.
      if (common.env.logLevel === undefined || common.env.logLevel === "warning") common.env.logLevel = "fatal";
      inside.initOrt();
      return {
        Tensor: common.Tensor,
        env: common.env,
        create(model, options) {
          const session = new inside.binding.InferenceSession();
          session.loadModel(model.buffer, model.byteOffset, model.byteLength, options);
          const inputNames = session.inputMetadata.map(({ name }) => name);
          return { inputNames, run: (feeds, fetches) => session.run(feeds, fetches, {}) };
        },
      };
    } catch {
      // Not installed there.
    }
  }
  return undefined;
}

/** Loaders of packages that are there for this file and for the program that runs; none outside Node. */
function loaders(): Loader[] {
  if (typeof process !== "object" || typeof process.getBuiltinModule !== "function") return [];
  const module = process.getBuiltinModule("module");
  return [import.meta.url, `file://${process.cwd()}/`].flatMap((base) => {
    try {
      return [module.createRequire(base) as Loader];
    } catch {
      return [];
    }
  });
}

function hasTensor(value: unknown): value is Pick<OnnxRuntime, "Tensor"> & {
  env: OnnxRuntime["env"] & { logLevel?: string };
} {
  return typeof value === "object" && value !== null && "Tensor" in value && "env" in value;
}

function isBinding(value: unknown): value is Binding {
  if (typeof value !== "object" || value === null || !("binding" in value) || !("initOrt" in value)) return false;
  const { binding, initOrt } = value as { binding: unknown; initOrt: unknown };
  if (typeof initOrt !== "function" || typeof binding !== "object" || binding === null) return false;
  const Session: unknown = "InferenceSession" in binding ? binding.InferenceSession : undefined;
  if (typeof Session !== "function") return false;
  const prototype: unknown = Session.prototype;
  return typeof prototype === "object" && prototype !== null && "loadModel" in prototype && "run" in prototype;
}
