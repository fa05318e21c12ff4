import type { Graph } from "../graph/index.ts";
import { type LowerOptions, lowerGraph } from "./lower/lower.ts";
import { encodeModel } from "./write/model.ts";

export type { LowerOptions } from "./lower/lower.ts";

/**
 * A graph as the bytes of an .onnx file (opset 20, no extensions): a model, its adjoint, a cost with its gradient. Inputs are
 * named x0, x1, …, outputs y0, y1, …, all of one floating type; constants are inside the file.
 * @throws CapabilityError for what has no counterpart in that type
 */
export function writeOnnx(graph: Graph, options: LowerOptions = {}): Uint8Array {
  return encodeModel(lowerGraph(graph, options));
}
