import { CapabilityError } from "../../errors/index.ts";
import { trace } from "../../graph/index.ts";
import { writeOnnx } from "../../onnx/index.ts";
import { type CompileOptions, completeOptions } from "../options.ts";
import { openFirst, providersOf } from "./device.ts";
import { open } from "./runtime.ts";

/** What {@link findDevice} found. */
export interface FoundDevice {
  readonly device: "cpu" | "gpu";
  /** ONNX Runtime's provider; `cpu` also when there is no such runtime. */
  readonly provider: "cpu" | "cuda" | "webgpu";
  /** Why it isn't a GPU that was asked for, or what the GPU can't do. */
  readonly remark?: string;
}

/**
 * Whether there is what options ask for, found out by trying: once, before a long run.
 * @throws CapabilityError when executor "ort" or device "gpu" is asked for and not there
 */
export async function findDevice(options: CompileOptions): Promise<FoundDevice> {
  const { executor, device, dtype } = completeOptions(options);
  if (device === "cpu" && executor !== "ort") return { device: "cpu", provider: "cpu" };
  const model = writeOnnx(
    trace((x) => x!.add(1), [[1]]),
    { dtype: "float32" },
  );
  const reasons: string[] = [];
  try {
    const { provider } = await openFirst(
      { device, providers: providersOf(device, dtype) },
      (by) => open(model, { executionProviders: [by.name], logSeverityLevel: 4 }),
      reasons,
    );
    if (provider.name === "cpu")
      return {
        device: "cpu",
        provider: "cpu",
        ...(device === "auto" && { remark: `device auto: no GPU, so the CPU is used (${reasons.join("; ")})` }),
      };
    const rounded = provider.dtype === "float32" && dtype === "float64";
    return {
      device: "gpu",
      provider: provider.name,
      ...(rounded && { remark: "device gpu: WebGPU computes in float32, whatever dtype says" }),
    };
  } catch (error) {
    const missing = error instanceof CapabilityError && error.code === "capability/onnxruntime";
    if (!missing || device !== "auto" || executor === "ort") throw error;
    return { device: "cpu", provider: "cpu", remark: "device auto: no ONNX Runtime, so the CPU is used" };
  }
}
