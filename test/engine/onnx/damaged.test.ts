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

/** Attributes: a number, a list of integers, a text, a tensor or a graph. */
const attribute = (name: string, value: number | number[] | string | { graph: Uint8Array }): Uint8Array => {
  if (typeof value === "number") return message([1, name], [3, value], [20, 2]);
  if (typeof value === "string") return message([1, name], [4, value], [20, 3]);
  if ("graph" in value) return message([1, name], [6, value.graph], [20, 5]);
  return message([1, name], ...value.map((one) => [8, one] as const), [20, 7]);
};
const full = (operator: string, inputs: string[], outputs: string[], ...attributes: Uint8Array[]): Uint8Array =>
  message(
    ...inputs.map((name) => [1, name] as const),
    ...outputs.map((name) => [2, name] as const),
    [4, operator],
    ...attributes.map((own) => [5, own] as const),
  );
const integers = (name: string, ...values: number[]): readonly [number, Uint8Array] => [
  5,
  message([1, values.length], [2, 7], [8, name], ...values.map((value) => [7, value] as const)),
];

describe("small files that ask for much", () => {
  /** Refused with an OnnxError within seconds. */
  const refused = (bytes: Uint8Array, pattern: RegExp = /./): void => {
    const start = performance.now();
    const read = (): unknown => readOnnx(bytes, { name: "x.onnx" }).toGraph();
    expect(read).toThrow(OnnxError);
    expect(read).toThrow(pattern);
    expect(performance.now() - start).toBeLessThan(10_000);
    expect(bytes.length).toBeLessThan(100_000);
  };
  const big = 2 ** 30;

  it.each([
    ["Expand", [full("Expand", ["x", "s"], ["y"])], [big, 2]],
    ["ConstantOfShape", [full("ConstantOfShape", ["s"], ["c"]), full("Add", ["x", "c"], ["y"])], [big, 2]],
    ["ConstantOfShape, summed", [full("ConstantOfShape", ["s"], ["c"]), full("ReduceSum", ["c"], ["y"])], [big]],
    [
      "a shape of a large constant",
      [full("ConstantOfShape", ["s"], ["c"]), full("Reshape", ["x", "c"], ["y"])],
      [2 ** 24],
    ],
    ["Tile", [full("Tile", ["x", "s"], ["y"])], [big]],
    ["Pad", [full("Pad", ["x", "s"], ["y"])], [big, big]],
    ["Pad that reflects", [full("Pad", ["x", "s"], ["y"], attribute("mode", "reflect"))], [big, big]],
    ["Resize", [full("Resize", ["x", "", "", "s"], ["y"])], [1e9]],
    ["Resize, linear", [full("Resize", ["x", "", "", "s"], ["y"], attribute("mode", "linear"))], [2 ** 25]],
  ] as const)("%s", (_, nodes, sizes) => {
    refused(model(17, integers("s", ...sizes), ...base(...nodes)));
  });

  it("Range, OneHot, many of what one alone may do", () => {
    const scalars = [integers("zero", 0), integers("many", 2 ** 40), integers("one", 1), integers("lots", 2 ** 22)];
    refused(model(17, ...scalars, ...base(full("Range", ["zero", "many", "one"], ["y"]))), /a length from 0 to/);
    refused(model(17, ...scalars, ...base(full("OneHot", ["zero", "many", "x"], ["y"]))), /a depth from 0 to/);
    const ranges = Array.from({ length: 40 }, (_, i) => full("Range", ["zero", "lots", "one"], [`r${i}`]));
    const joined = full(
      "Concat",
      ranges.map((_, i) => `r${i}`),
      ["y"],
      attribute("axis", 0),
    );
    refused(model(17, ...scalars, ...base(...ranges, joined)), /too much would be built|too large/);
  });

  it("windows as wide as numbers go", () => {
    const wide = (operator: string): Uint8Array =>
      model(
        17,
        [1, full(operator, ["x"], ["y"], attribute("kernel_shape", [big]), attribute("pads", [big, big]))],
        [11, info("x", 1, 1, 4)],
        [12, info("y", 1, 1, 2)],
      );
    refused(wide("AveragePool"));
    refused(wide("MaxPool"));
  });

  it("loops: of many steps, inside of one another, of functions", () => {
    const inner = (depth: number): Uint8Array => {
      const body = message(
        [1, full("Identity", ["c"], ["d"])],
        [1, depth === 0 ? full("Concat", ["v", "v"], ["w"], attribute("axis", 0)) : nested(depth - 1)],
        [2, "body"],
        [11, info("i")],
        [11, info("c")],
        [11, info("v", 2)],
        [12, info("d")],
        [12, info("w", 2)],
      );
      return body;
    };
    const nested = (depth: number): Uint8Array =>
      full("Loop", ["trips", "", "v"], ["w"], attribute("body", { graph: inner(depth) }));
    const outer = (depth: number): Uint8Array =>
      full("Loop", ["trips", "", "x"], ["y"], attribute("body", { graph: inner(depth) }));
    refused(model(17, integers("trips", 2 ** 40), ...base(outer(0))));
    refused(model(17, integers("trips", 500), ...base(outer(5))));
    refused(model(17, integers("trips", 2), ...base(outer(40))), /nested more than/);
    const fold = (k: number): Uint8Array =>
      message(
        [1, `f${k}`],
        [10, "own"],
        [4, "a"],
        [5, "b"],
        [7, message([1, "a"], [2, "m"], [4, k === 0 ? "Relu" : `f${k - 1}`], [7, k === 0 ? "" : "own"])],
        [7, message([1, "m"], [2, "b"], [4, k === 0 ? "Relu" : `f${k - 1}`], [7, k === 0 ? "" : "own"])],
        [9, message([2, 17])],
      );
    const laughs = [
      ...Array.from({ length: 40 }, (_, k) => [25, fold(k)] as const),
      [7, message(...base(message([1, "x"], [2, "y"], [4, "f39"], [7, "own"])))] as const,
      [8, message([2, 17])] as const,
    ];
    refused(message(...laughs), /too many nodes/);
  });

  it("equations and ranks of thousands", () => {
    const letters = "ab".repeat(5000);
    refused(model(17, ...base(full("Einsum", ["x"], ["y"], attribute("equation", `${letters}->a`)))));
    const many = Array.from({ length: 2000 }, () => "x");
    const equation = `${many.map((_, i) => "abcdefghijklmnopqrstuvwxyz"[i % 26]).join(",")}->abcdefghijklmnopqrstuvwxyz`;
    refused(model(17, ...base(full("Einsum", many, ["y"], attribute("equation", equation)))), /too large/);
    const axes = Array<number>(5000).fill(1);
    refused(model(17, integers("s", ...axes, 2), ...base(full("Reshape", ["x", "s"], ["y"]))), /too large/);
    const tensor = message(...axes.map((extent) => [1, extent] as const), [2, 1], [8, "w"], [9, new Uint8Array(4)]);
    refused(model(17, [5, tensor], ...base(full("Add", ["x", "w"], ["y"]))), /5000 axes/);
    refused(model(17, [1, node("Relu", ["x"], "y")], [11, info("x", ...axes)], [12, info("y", 1)]), /5000 axes/);
  });

  it("inputs, extents and lengths beyond all bounds", () => {
    refused(model(17, [1, node("Relu", ["x"], "y")], [11, info("x", big, big)], [12, info("y", 1)]), /too large/);
    const nan = message([1, 1], [2, 1], [8, "s"], [9, new Uint8Array(Float32Array.of(Number.NaN).buffer)]);
    for (const operator of ["Reshape", "Expand", "Tile"])
      refused(model(17, [5, nan], ...base(full(operator, ["x", "s"], ["y"]))));
    refused(model(17, [5, nan], ...base(full("ConstantOfShape", ["s"], ["y"]))));
    refused(model(17, [5, nan], ...base(full("Slice", ["x", "s", "s"], ["y"]))));
    refused(model(17, [5, nan], ...base(full("Resize", ["x", "", "s"], ["y"]))));
    const length = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01];
    expect(() => readOnnx(Uint8Array.of(0x3a, ...length))).toThrow(/922337203685477\d+ bytes were announced/);
  });

  it("products and transforms of constants", () => {
    const square = full("ConstantOfShape", ["s"], ["c"]);
    const products = Array.from({ length: 20 }, (_, i) =>
      full("MatMul", ["c", i === 0 ? "c" : `p${i - 1}`], [`p${i}`]),
    );
    const sum = full("ReduceSum", ["p19"], ["t"]);
    const start = performance.now();
    const nodes = [square, ...products, sum, full("Add", ["x", "t"], ["y"])];
    expect(tolerate(model(17, integers("s", 2000, 2000), ...base(...nodes)))).toBe("read");
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});
