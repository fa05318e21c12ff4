import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ArgumentError, FileError, ShapeError } from "../../../src/engine/errors/index.ts";
import { type NpyDtype, readNpy, toNested, writeNpy } from "../../../src/engine/tensor/index.ts";

// Files written by NumPy 2 (np.save, np.lib.format.write_array), in base64.
const golden = {
  fortranHalf:
    "k05VTVBZAQB2AHsnZGVzY3InOiAnPGYyJywgJ2ZvcnRyYW5fb3JkZXInOiBUcnVlLCAnc2hhcGUnOiAoMiwgMyksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAPgEAAMD/e1Q1APw=",
  fortranBigEndian:
    "k05VTVBZAQB2AHsnZGVzY3InOiAnPmk0JywgJ2ZvcnRyYW5fb3JkZXInOiBUcnVlLCAnc2hhcGUnOiAoMiwgMywgNCksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAADAAAAAQAAAAQAAAACAAAABQAAAABAAAADQAAAAUAAAARAAAACQAAABUAAAACAAAADgAAAAYAAAASAAAACgAAABYAAAADAAAADwAAAAcAAAATAAAACwAAABc=",
  booleanVersion3:
    "k05VTVBZAwB0AAAAeydkZXNjcic6ICd8YjEnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMywpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoBAAE=",
  scalarVersion2:
    "k05VTVBZAgB0AAAAeydkZXNjcic6ICc+ZjQnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIApAIAAA",
  matrix:
    "k05VTVBZAQB2AHsnZGVzY3InOiAnPGY4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDIpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAqamZmZmZm5PwAAAAAAAACAGC1EVPshCUCcdQCIPOQ3fg==",
};
const bytesOf = (base64: string): Uint8Array => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));

/** A version 1 file with any header text. */
function file(header: string, body: number[] = []): Uint8Array {
  const text = new TextEncoder().encode(header);
  return Uint8Array.from([0x93, 78, 85, 77, 80, 89, 1, 0, text.length & 255, text.length >> 8, ...text, ...body]);
}

describe("readNpy", () => {
  it("reads what NumPy writes", () => {
    expect(toNested(readNpy(bytesOf(golden.fortranHalf)))).toEqual([
      [1.5, -2, 0.3330078125],
      [2 ** -24, 65504, -Infinity],
    ]);
    const cube = readNpy(bytesOf(golden.fortranBigEndian));
    expect(cube.shape).toEqual([2, 3, 4]);
    expect([...cube.data]).toEqual(Array.from({ length: 24 }, (_, i) => i));
    expect(readNpy(bytesOf(golden.booleanVersion3))).toEqual({ data: Float64Array.of(1, 0, 1), shape: [3] });
    expect(readNpy(bytesOf(golden.scalarVersion2))).toEqual({ data: Float64Array.of(2.5), shape: [] });
    expect(readNpy(bytesOf(golden.matrix))).toEqual({ data: Float64Array.of(0.1, -0, Math.PI, 1e300), shape: [2, 2] });
  });

  it("reads from a view that doesn't begin its buffer", () => {
    const bytes = bytesOf(golden.matrix);
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    expect(readNpy(shifted.subarray(3)).data[2]).toBe(Math.PI);
  });

  it("takes any key order, white space, quotes and Python 2 integers", () => {
    const header = `  { "shape" :( 2L , ),\t'fortran_order':False , 'descr' : "|u1" }  \n`;
    expect(readNpy(file(header, [7, 9]))).toEqual({ data: Float64Array.of(7, 9), shape: [2] });
    expect(readNpy(file("{'descr':'=i2','fortran_order':True,'shape':(0,5)}")).shape).toEqual([0, 5]);
  });

  it.each([
    ["{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", /Python objects/],
    ["{'descr': '<c16', 'fortran_order': False, 'shape': (1,)}", /complex numbers/],
    ["{'descr': '<U3', 'fortran_order': False, 'shape': (1,)}", /text/],
    ["{'descr': '<M8[ns]', 'fortran_order': False, 'shape': (1,)}", /dates/],
    ["{'descr': '<f16', 'fortran_order': False, 'shape': (1,)}", /'<f16' is not read/],
    ["{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,)}", /structured/],
    ["{'descr': '<f8', 'fortran_order': 0, 'shape': (1,)}", /True or False/],
    ["{'descr': '<f8', 'fortran_order': False, 'shape': 3}", /tuple 'shape'/],
    ["{'descr': '<f8', 'fortran_order': False, 'shape': (-1,)}", /non-negative/],
    ["{'descr': '<f8', 'fortran_order': False}", /tuple 'shape'/],
    ["{'descr': '<f8', 'fortran_order': False, 'shape': (1,), 'x': None}", /unknown key 'x'/],
    ["{'descr': '<f8', 'fortran_order': False, 'shape': (1,)} 1", /expected the end/],
    ["{'descr': '<f8', 'descr': '<f8', 'shape': (1,)}", /new key/],
    ["{'descr': '<f8' 'fortran_order': False}", /character 16: expected "," or "}"/],
    ["{'descr': __import__('os')}", /expected a text, an integer/],
    ["[".repeat(100), /fewer nested brackets/],
    ["(1, 2)", /expected a dictionary/],
    [`{'descr': '<f8', 'fortran_order': False, 'shape': (${"1,".repeat(65)})}`, /at most 64 dimensions/],
  ])("refuses the header %s", (header, message) => {
    expect(() => readNpy(file(header), "a.npy")).toThrow(FileError);
    expect(() => readNpy(file(header), "a.npy")).toThrow(message);
    expect(() => readNpy(file(header), "a.npy")).toThrow(/^a\.npy: /);
  });

  it("reports truncated files with the bytes expected and found", () => {
    const bytes = bytesOf(golden.matrix);
    for (let length = 0; length < bytes.length; length++)
      expect(() => readNpy(bytes.subarray(0, length))).toThrow(FileError);
    expect(() => readNpy(bytes.subarray(0, 150), "B.npy")).toThrow(
      /^B\.npy: expected 160 bytes for an array of shape \(2, 2\) and type <f8, got 150/,
    );
    expect(() => readNpy(bytes.subarray(0, 50))).toThrow(/header is cut off: expected at least 128 bytes, got 50/);
  });

  it("doesn't allocate for a size that the file doesn't have", () => {
    const huge = file("{'descr': '<f8', 'fortran_order': False, 'shape': (9007199254740991, 9007199254740991)}");
    expect(() => readNpy(huge)).toThrow(/got 9\d$/);
    const excess = file("{'descr': '|u1', 'fortran_order': False, 'shape': (1,)}", [1, 2]);
    expect(() => readNpy(excess)).toThrow(FileError);
    const header = Uint8Array.of(0x93, 78, 85, 77, 80, 89, 2, 0, 1, 0, 16, 0);
    expect(() => readNpy(header)).toThrow(/at most 1048576 bytes, got 1048577/);
  });

  it("refuses 64-bit integers beyond 2^53 - 1", () => {
    const header = "{'descr': '<u8', 'fortran_order': False, 'shape': (2,)}";
    const body = [1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 32, 0];
    expect(() => readNpy(file(header, body))).toThrow(/element 1 of type <u8 is about 9007199254740992/);
    body[14] = 31;
    expect([...readNpy(file(header, body)).data]).toEqual([1, 31 * 2 ** 48 + 1]);
  });

  it("throws nothing but FileError on damaged files", () => {
    fc.assert(
      fc.property(fc.nat(127), fc.nat(255), (at, byte) => {
        const bytes = bytesOf(golden.fortranBigEndian);
        bytes[at] = byte;
        try {
          readNpy(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(FileError);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe("writeNpy", () => {
  it("writes the bytes that NumPy writes", () => {
    const bytes = writeNpy({ data: Float64Array.of(0.1, -0, Math.PI, 1e300), shape: [2, 2] });
    expect(bytes).toEqual(bytesOf(golden.matrix));
  });

  const shapes = fc.array(fc.nat(4), { maxLength: 4 });
  const roundTrip = (dtype: NpyDtype, values: fc.Arbitrary<number>): void => {
    const arrays = shapes.chain((shape) => {
      const size = shape.reduce((a, b) => a * b, 1);
      return fc
        .array(values, { minLength: size, maxLength: size })
        .map((data) => ({ data: Float64Array.from(data), shape }));
    });
    fc.assert(
      fc.property(arrays, (array) => {
        expect(readNpy(writeNpy(array, dtype))).toEqual(array);
      }),
    );
  };
  it.each<[NpyDtype, number, number]>([
    ["|i1", -128, 127],
    ["|u1", 0, 255],
    ["|b1", 0, 1],
    ["<i2", -32768, 32767],
    [">u2", 0, 65535],
    [">i4", -(2 ** 31), 2 ** 31 - 1],
    ["<u4", 0, 2 ** 32 - 1],
  ])("is inverted by readNpy for %s", (dtype, min, max) =>
    roundTrip(dtype, fc.double({ min, max, noNaN: true }).map(whole)),
  );
  it.each<[NpyDtype, number]>([
    ["<i8", Number.MIN_SAFE_INTEGER],
    [">u8", 0],
  ])("is inverted by readNpy for %s", (dtype, min) =>
    roundTrip(
      dtype,
      fc.maxSafeInteger().map((x) => Math.max(min, x)),
    ),
  );
  it("is inverted by readNpy for floats", () => {
    roundTrip("<f8", fc.double());
    roundTrip(">f8", fc.double());
    roundTrip("<f4", fc.float());
    roundTrip(">f4", fc.float());
    const halves = fc.nat(65535).map((bits) => {
      const header = "{'descr': '<f2', 'fortran_order': False, 'shape': ()}";
      return readNpy(file(header, [bits & 255, bits >> 8])).data[0]!;
    });
    roundTrip("<f2", halves);
    roundTrip(">f2", halves);
  });

  it("rounds to the nearest half, ties to even", () => {
    const written = readNpy(writeNpy({ data: Float64Array.of(2049, 2051, 65519, 65520, 1e-9), shape: [5] }, "<f2"));
    expect([...written.data]).toEqual([2048, 2052, 65504, Infinity, 0]);
  });

  it("refuses values that the type can't hold and wrong shapes", () => {
    const array = { data: Float64Array.of(1, 2.5), shape: [2] };
    expect(() => writeNpy(array, "<i4")).toThrow(ArgumentError);
    expect(() => writeNpy(array, "<i4")).toThrow(/expected integers between .* for <i4, got 2.5/);
    expect(() => writeNpy({ data: Float64Array.of(256), shape: [] }, "|u1")).toThrow(/got 256/);
    expect(() => writeNpy({ data: Float64Array.of(1), shape: [2] })).toThrow(ShapeError);
  });
});

function whole(value: number): number {
  return Math.round(value) + 0;
}
