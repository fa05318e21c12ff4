import { OnnxError } from "../../errors/index.ts";
import { type AttributeProto, type GraphProto, type NodeProto, readAttribute, readGraph, readNode } from "./graph.ts";
import { readPair } from "./tensor.ts";
import { type Source, WireReader } from "./wire.ts";

/** A function of the file's own: a node of its name stands for its nodes. */
export interface FunctionProto {
  readonly name: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Attributes that a call may leave out. */
  readonly defaults: readonly AttributeProto[];
  readonly nodes: readonly NodeProto[];
  readonly opsets: ReadonlyMap<string, number>;
}

export interface ModelProto {
  readonly producer: string;
  readonly graph: GraphProto;
  /** Version of each set of operators; the standard one has the empty name. */
  readonly opsets: ReadonlyMap<string, number>;
  readonly functions: readonly FunctionProto[];
  readonly metadata: ReadonlyMap<string, string>;
}

/**
 * Reads a ModelProto.
 * @throws OnnxError for a file that is truncated, damaged or of another format
 */
export function readModel(bytes: Uint8Array, source: Source): ModelProto {
  const reader = new WireReader(bytes, source);
  if (bytes.length === 0) throw reader.fail("is empty");
  let producer = "";
  let graph: GraphProto | undefined;
  const opsets = new Map<string, number>();
  const functions: FunctionProto[] = [];
  const metadata = new Map<string, string>();
  for (let field = reader.next(); field !== undefined; field = reader.next()) {
    if (field === 2) producer = reader.string();
    else if (field === 7) graph = readGraph(reader.message());
    else if (field === 8) opsets.set(...readOpset(reader.message()));
    else if (field === 14) metadata.set(...readPair(reader.message()));
    else if (field === 25) functions.push(readFunction(reader.message()));
    else reader.skip();
  }
  if (graph === undefined) throw reader.fail("is not an ONNX file, or it is truncated: there is no graph in it");
  if (!opsets.has("")) throw reader.fail("is truncated or damaged: it doesn't say which opset its operators are of");
  if (graph.outputs.length === 0) throw new OnnxError(source.name, "has a graph without outputs", "onnx/damaged");
  return { producer, graph, opsets, functions, metadata };
}

function readOpset(reader: WireReader): [string, number] {
  let [domain, version] = ["", 0];
  for (let field = reader.next(); field !== undefined; field = reader.next()) {
    if (field === 1) domain = reader.string();
    else if (field === 2) version = reader.integer();
    else reader.skip();
  }
  return [domain === "ai.onnx" ? "" : domain, version];
}

function readFunction(reader: WireReader): FunctionProto {
  let [name, domain] = ["", ""];
  const [inputs, outputs]: [string[], string[]] = [[], []];
  const defaults: AttributeProto[] = [];
  const nodes: NodeProto[] = [];
  const opsets = new Map<string, number>();
  for (let field = reader.next(); field !== undefined; field = reader.next()) {
    if (field === 1) name = reader.string();
    else if (field === 4) inputs.push(reader.string());
    else if (field === 5) outputs.push(reader.string());
    else if (field === 7) nodes.push(readNode(reader.message(), 0));
    else if (field === 9) opsets.set(...readOpset(reader.message()));
    else if (field === 10) domain = reader.string();
    else if (field === 11) defaults.push(readAttribute(reader.message(), 0));
    else reader.skip();
  }
  return { name, domain, inputs, outputs, defaults, nodes, opsets };
}
