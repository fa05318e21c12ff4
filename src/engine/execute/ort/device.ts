import { CapabilityError } from "../../errors/index.ts";
import { inPage, type OpenSession } from "./runtime.ts";

/** A way to compute: a provider of ONNX Runtime and the type that it computes in. */
export interface Provider {
  readonly name: "cpu" | "cuda" | "webgpu";
  readonly dtype: "float64" | "float32";
}

/** The providers of a device, in the order in which they are tried. WebGPU has float32 alone. */
export function providersOf(device: "cpu" | "gpu" | "auto", dtype: "float64" | "float32"): Provider[] {
  const cpu: Provider = { name: "cpu", dtype };
  if (device === "cpu") return [cpu];
  const webgpu: Provider = { name: "webgpu", dtype: "float32" };
  const gpu: Provider[] = inPage() ? [webgpu] : [{ name: "cuda", dtype }, webgpu];
  return device === "gpu" ? gpu : [...gpu, cpu];
}

let warned = false;

/** Says once that a run that asked for any device goes to the CPU. */
function warnOfCpu({ name }: Provider, device: string, reasons: readonly string[]): void {
  if (warned || device !== "auto" || name !== "cpu") return;
  warned = true;
  console.warn(`onda: device auto: no GPU, so the CPU is used (${reasons.join("; ")})`);
}

/** The errors of providers that didn't start, with a way out. */
function noDevice(reasons: readonly string[]): CapabilityError {
  return new CapabilityError(
    "device gpu",
    `no GPU that ONNX Runtime can use (${reasons.join("; ")}): use device cpu or auto`,
    "capability/device",
  );
}

/** ONNX Runtime doesn't take the model: a build without a kernel that is needed, as a rule for float64. */
function unsupported(reason: string): CapabilityError {
  return new CapabilityError(
    "executor ort",
    `ONNX Runtime refuses the graph (${reason}): use dtype float32, or executor js`,
    "capability/kernel",
  );
}

/** A session with the provider that runs it. */
export type Opened = OpenSession & { readonly provider: Provider };

interface Attempts {
  readonly device: "cpu" | "gpu" | "auto";
  readonly providers: readonly Provider[];
}

/**
 * Opens a session with the first provider that starts. The others' errors go to `reasons`; without it a fall back to the CPU is
 * said on the console, once.
 * @throws CapabilityError when a GPU is asked for and there is none
 */
export async function openFirst(
  { device, providers }: Attempts,
  open: (provider: Provider) => OpenSession | Promise<OpenSession>,
  reasons?: string[],
): Promise<Opened> {
  const failed = reasons ?? [];
  for (const provider of providers) {
    try {
      if (provider.name === "webgpu" && inPage()) await checkAdapter();
      const session = await open(provider);
      if (reasons === undefined) warnOfCpu(provider, device, failed);
      return { ...session, provider };
    } catch (error) {
      note(error, provider, device, failed);
    }
  }
  throw noDevice(failed);
}

/** As {@link openFirst}, at once. */
export function openFirstNow({ device, providers }: Attempts, open: (provider: Provider) => OpenSession): Opened {
  const reasons: string[] = [];
  for (const provider of providers) {
    try {
      const session = open(provider);
      warnOfCpu(provider, device, reasons);
      return { ...session, provider };
    } catch (error) {
      note(error, provider, device, reasons);
    }
  }
  throw noDevice(reasons);
}

/** Failures of a GPU are kept for the message; those of the CPU, and a runtime that isn't there, go on. */
function note(error: unknown, { name }: Provider, device: string, reasons: string[]): void {
  const missing = error instanceof CapabilityError && error.code === "capability/onnxruntime";
  if (missing) throw error;
  const text = error instanceof Error ? error.message : String(error);
  const short = text.split("\n")[0]!.replace(/^.*(?:was false\.|Error:|ERROR_MESSAGE:)\s*/, "");
  if (device === "cpu" || name === "cpu") throw unsupported(short);
  reasons.push(`${name}: ${short.slice(0, 120).trim()}`);
}

/** @throws Error when the page has no WebGPU adapter */
async function checkAdapter(): Promise<void> {
  const gpu: unknown = "gpu" in navigator ? navigator.gpu : undefined;
  if (!hasAdapters(gpu)) throw new Error("the page has no navigator.gpu");
  if ((await gpu.requestAdapter()) === null) throw new Error("navigator.gpu has no adapter");
}

function hasAdapters(value: unknown): value is { requestAdapter(): Promise<object | null> } {
  return typeof value === "object" && value !== null && "requestAdapter" in value;
}
