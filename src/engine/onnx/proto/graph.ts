import { readTensor, type TensorProto } from "./tensor.ts";
import type { WireReader } from "./wire.ts";

/** A named value's type: the number of its element type and its shape, numbers, names or unknown extents. */
export interface ValueInfo {
  readonly name: string;
  readonly dataType: number;
  /** Undefined: the file doesn't say. */
  readonly shape: readonly (number | string)[] | undefined;
}

export interface AttributeProto {
  readonly name: string;
  /** Of a node in a function: the function's attribute that is meant. */
  readonly reference: string;
  /** The number of its type, 0 where the file doesn't say. */
  readonly type: number;
  readonly float: number;
  readonly integer: number;
  readonly string: string;
  readonly tensor: TensorProto | undefined;
  readonly graph: GraphProto | undefined;
  readonly floats: readonly number[];
  readonly integers: readonly number[];
  readonly strings: readonly string[];
}

export interface NodeProto {
  readonly name: string;
  readonly operator: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, AttributeProto>;
}

export interface GraphProto {
  readonly name: string;
  readonly nodes: readonly NodeProto[];
  readonly initializers: readonly TensorProto[];
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
}

/** Graphs inside of graphs, at most. */
const DEEPEST = 16;

/** Reads a GraphProto. */
export function readGraph(reader: WireReader, depth = 0): GraphProto {
  if (depth > DEEPEST) throw reader.fail(`has graphs nested more than ${DEEPEST} deep`);
  let name = "";
  const nodes: NodeProto[] = [];
  const initializers: TensorProto[] = [];
  const [inputs, outputs]: [ValueInfo[], ValueInfo[]] = [[], []];
  for (let field = reader.next(); field !== undefined; field = reader.next()) {
    if (field === 1) nodes.push(readNode(reader.message(), depth));
    else if (field === 2) name = reader.string();
    else if (field === 5) initializers.push(readTensor(reader.message()));
    else if (field === 11) inputs.push(readValueInfo(reader.message()));
    else if (field === 12) outputs.push(readValueInfo(reader.message()));
    else if (field === 15) throw reader.fail("has sparse initialisers, which can't be read");
    else reader.skip();
  }
  return { name, nodes, initializers, inputs, outputs };
}

/** Reads a NodeProto. */
export function readNode(reader: WireReader, depth: number): NodeProto {
  let [name, operator, domain] = ["", "", ""];
  const [inputs, outputs]: [string[], string[]] = [[], []];
  const attributes = new Map<string, AttributeProto>();
  for (let field = reader.next(); field !== undefined; field = reader.next()) {
    if (field === 1) inputs.push(reader.string());
    else if (field === 2) outputs.push(reader.string());
    else if (field === 3) name = reader.string();
    else if (field === 4) operator = reader.string();
    else if (field === 5) {
      const attribute = readAttribute(reader.message(), depth);
      attributes.set(attribute.name, attribute);
    } else if (field === 7) domain = reader.string();
    else reader.skip();
  }
  return { name, operator, domain: domain === "ai.onnx" ? "" : domain, inputs, outputs, attributes };
}

/** Reads an AttributeProto. */
export function readAttribute(reader: WireReader, depth: number): AttributeProto {
  let [name, reference, type, float, integer, string] = ["", "", 0, 0, 0, ""];
  let tensor: TensorProto | undefined;
  let graph: GraphProto | undefined;
  const [floats, integers, strings]: [number[], number[], string[]] = [[], [], []];
  for (let field = reader.next(); field !== undefined; field = reader.next()) {
    if (field === 1) name = reader.string();
    else if (field === 2) float = reader.float();
    else if (field === 3) integer = reader.integer();
    else if (field === 4) string = reader.string();
    else if (field === 5) tensor = readTensor(reader.message());
    else if (field === 6) graph = readGraph(reader.message(), depth + 1);
    else if (field === 7) reader.floats(floats);
    else if (field === 8) reader.integers(integers);
    else if (field === 9) strings.push(reader.string());
    else if (field === 20) type = reader.integer();
    else if (field === 21) reference = reader.string();
    else reader.skip();
  }
  return { name, reference, type, float, integer, string, tensor, graph, floats, integers, strings };
}

function readValueInfo(reader: WireReader): ValueInfo {
  let name = "";
  let type: Pick<ValueInfo, "dataType" | "shape"> = { dataType: 0, shape: undefined };
  for (let field = reader.next(); field !== undefined; field = reader.next()) {
    if (field === 1) name = reader.string();
    else if (field === 2) type = readType(reader.message());
    else reader.skip();
  }
  return { name, ...type };
}

/** Reads a TypeProto: of a tensor, or type 0 for sequences, maps and the like. */
function readType(reader: WireReader): Pick<ValueInfo, "dataType" | "shape"> {
  let dataType = 0;
  let shape: (number | string)[] | undefined;
  for (let field = reader.next(); field !== undefined; field = reader.next()) {
    if (field !== 1) {
      reader.skip();
      continue;
    }
    const tensor = reader.message();
    for (let own = tensor.next(); own !== undefined; own = tensor.next()) {
      if (own === 1) dataType = tensor.integer();
      else if (own === 2) shape = readShape(tensor.message());
      else tensor.skip();
    }
  }
  return { dataType, shape };
}

/** Reads a TensorShapeProto: an extent that isn't given is an empty name. */
function readShape(reader: WireReader): (number | string)[] {
  const shape: (number | string)[] = [];
  for (let field = reader.next(); field !== undefined; field = reader.next()) {
    if (field !== 1) {
      reader.skip();
      continue;
    }
    let extent: number | string = "";
    const dimension = reader.message();
    for (let own = dimension.next(); own !== undefined; own = dimension.next()) {
      if (own === 1) extent = dimension.integer();
      else if (own === 2) extent = dimension.string();
      else dimension.skip();
    }
    shape.push(extent);
  }
  return shape;
}
