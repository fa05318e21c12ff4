// Files that are cut, changed or made of nothing must be refused with an OnnxError, or read; nothing else may happen.
import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OnnxError } from "../../../src/engine/errors/index.ts";
import { externalFiles, readOnnx } from "../../../src/engine/onnx/index.ts";

const folder = new URL("../../fixtures/onnx/", import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith(".onnx"));
const read = (name: string): Uint8Array => readFileSync(new URL(name, folder));
const models = files.map(read);
const { cases }: { cases: { model: string }[] } = JSON.parse(readFileSync(new URL("operators.json", folder), "utf8"));
const small = cases.map(({ model }) => new Uint8Array(Buffer.from(model, "base64")));

/** Reads bytes and makes a graph of them; anything but success or an OnnxError fails the test. */
function tolerate(bytes: Uint8Array): "read" | "refused" {
  try {
    readOnnx(bytes, { name: "x.onnx" }).toGraph();
    return "read";
  } catch (error) {
    if (!(error instanceof OnnxError)) throw error;
    expect(error.code).toMatch(/^onnx\//);
    expect(error.message).toMatch(/^x\.onnx: /);
    return "refused";
  }
}

describe("damaged files", () => {
  it.each(files)("%s cut anywhere", (name) => {
    const bytes = read(name);
    expect(tolerate(bytes)).toBe("read");
    for (let cut = 0; cut < bytes.length; cut += cut < 2000 ? 1 : 997)
      expect(tolerate(bytes.subarray(0, cut)), `cut at ${cut}`).toBe("refused");
    for (let cut = bytes.length - 1; cut > bytes.length - 200; cut--)
      expect(tolerate(bytes.subarray(0, cut)), `cut at ${cut}`).toBe("refused");
  });

  it("of random bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        tolerate(bytes);
      }),
      { numRuns: 2000, seed: 1 },
    );
  });

  it.each([
    ["fixtures", models, 150],
    ["operators", small, 1500],
  ] as const)("with changed bytes: %s", (_, from, numRuns) => {
    const change = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(fc.nat(from.length - 1), fc.array(change, { minLength: 1, maxLength: 4 }), (which, changes) => {
        const bytes = from[which]!.slice();
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        tolerate(bytes);
      }),
      { numRuns, seed: 2 },
    );
  });

  it("that announce more than there is", () => {
    const length = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f];
    expect(() => readOnnx(Uint8Array.of(0x3a, ...length))).toThrow(/bytes were announced, 0 are left/);
    expect(() => readOnnx(Uint8Array.of(0x08, ...Array<number>(11).fill(0xff)))).toThrow(/more than ten bytes/);
    expect(() => readOnnx(new Uint8Array(0))).toThrow(/model: is empty/);
    expect(() => readOnnx(new TextEncoder().encode("<!DOCTYPE html><html>"))).toThrow(OnnxError);
  });
});

/** A protobuf message from fields: numbers as varints, the rest as bytes. */
function message(...fields: (readonly [number, number | string | Uint8Array])[]): Uint8Array {
  const out: number[] = [];
  const varint = (value: number): void => {
    let rest = value;
    for (; rest > 127; rest = Math.floor(rest / 128)) out.push((rest % 128) | 128);
    out.push(rest);
  };
  for (const [field, value] of fields) {
    varint(field * 8 + (typeof value === "number" ? 0 : 2));
    const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
    if (typeof bytes === "number") varint(bytes);
    else {
      varint(bytes.length);
      out.push(...bytes);
    }
  }
  return Uint8Array.from(out);
}
const node = (operator: string, inputs: string[], output: string): Uint8Array =>
  message(...inputs.map((name) => [1, name] as const), [2, output], [3, "here"], [4, operator]);
const info = (name: string, ...shape: number[]): Uint8Array => {
  const extents = shape.map((extent) => [1, message([1, extent])] as const);
  return message([1, name], [2, message([1, message([1, 1], [2, message(...extents)])])]);
};
const model = (opset: number, ...graph: (readonly [number, Uint8Array])[]): Uint8Array =>
  message([7, message(...graph)], [8, message([2, opset])]);
const base = (...nodes: Uint8Array[]): (readonly [number, Uint8Array])[] => [
  ...nodes.map((own) => [1, own] as const),
  [11, info("x", 2)],
  [12, info("y", 2)],
];

describe("hostile files", () => {
  const graph = (bytes: Uint8Array) => readOnnx(bytes, { name: "x.onnx" }).toGraph();
  it("name an unknown operator, its node and the opset", () => {
    expect(() => graph(model(17, ...base(node("Frobnicate", ["x"], "y"))))).toThrow(
      'x.onnx: Frobnicate (node "here"), opset 17: this operator is not supported',
    );
    expect(() => graph(model(17, ...base(node("toString", ["x"], "y"))))).toThrow(/toString .*not supported/);
    expect(() => readOnnx(model(8, ...base(node("Relu", ["x"], "y"))))).toThrow(/opset 9 or later, got opset 8/);
  });
  it("have cycles, missing values and outputs of no node", () => {
    expect(() => graph(model(17, ...base(node("Add", ["x", "z"], "y"), node("Relu", ["y"], "z"))))).toThrow(
      /input "z" is neither an input, an initialiser nor made by a node before/,
    );
    expect(() => graph(model(17, ...base(node("Add", ["x", "w"], "y"))))).toThrow(/input "w" is neither/);
    expect(() => graph(model(17, ...base()))).toThrow(/output "y" is made by no node/);
  });
  it("have shapes that overflow", () => {
    const tensor = message([1, 2 ** 40], [1, 2 ** 40], [2, 1], [8, "w"], [9, new Uint8Array(8)]);
    const huge = model(17, [5, tensor], ...base(node("Add", ["x", "w"], "y")));
    expect(() => graph(huge)).toThrow(/tensor "w" has the impossible shape/);
    const large = message([1, 2 ** 30], [2, 1], [8, "w"], [9, new Uint8Array(8)]);
    expect(() => graph(model(17, [5, large], ...base(node("Add", ["x", "w"], "y"))))).toThrow(
      /expected 4294967296 bytes for tensor "w" of shape \(1073741824\), got 8/,
    );
    const wide = message([1, 1], [2, 7], [8, "s"], [7, 2 ** 40]);
    expect(() => graph(model(17, [5, wide], ...base(node("Expand", ["x", "s"], "y"))))).toThrow(OnnxError);
  });
  it("refer to files outside of their folder", () => {
    const outside = (location: string): Uint8Array => {
      const tensor = message([1, 2], [2, 1], [8, "w"], [13, message([1, "location"], [2, location])], [14, 1]);
      return model(17, [5, tensor], ...base(node("Add", ["x", "w"], "y")));
    };
    for (const location of ["../w.bin", "/etc/passwd", "a/../../w.bin", "C:\\w.bin", "..\\w.bin", ""]) {
      expect(() => externalFiles(outside(location))).toThrow(/outside its folder/);
      expect(() => readOnnx(outside(location), { external: () => new Uint8Array(8) }).toGraph()).toThrow(/outside/);
    }
    expect(externalFiles(outside("weights/w.bin"))).toEqual(["weights/w.bin"]);
    expect(() => readOnnx(outside("w.bin")).toGraph()).toThrow(/another file, "w.bin", and none can be read/);
    const data = new Uint8Array(Float32Array.of(1, 2).buffer);
    const read = readOnnx(outside("w.bin"), { external: () => data }).toGraph();
    expect(read.outputs).toHaveLength(1);
  });
});
