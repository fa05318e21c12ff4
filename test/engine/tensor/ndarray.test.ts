import { describe, expect, it } from "vitest";
import { ArgumentError, ShapeError } from "../../../src/engine/errors/index.ts";
import { toNdArray, toNested } from "../../../src/engine/tensor/index.ts";

describe("toNdArray", () => {
  it("takes numbers, nested lists, typed arrays and {data, shape}", () => {
    expect(toNdArray(3)).toEqual({ data: Float64Array.of(3), shape: [] });
    expect(
      toNdArray([
        [1, 2, 3],
        [4, 5, 6],
      ]),
    ).toEqual({ data: Float64Array.of(1, 2, 3, 4, 5, 6), shape: [2, 3] });
    expect(toNdArray(Float32Array.of(1, 2)).shape).toEqual([2]);
    expect(toNested(toNdArray({ data: [1, 2, 3, 4], shape: [2, 2] }))).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it("names the argument in its errors", () => {
    expect(() => toNdArray([[1, 2], [3]], "B")).toThrow(ShapeError);
    expect(() => toNdArray([[1, 2], [3]], "B")).toThrow(/^B: expected rows of equal length 2, got a list of 1/);
    expect(() => toNdArray(["x"] as unknown as number[], "xb")).toThrow(ArgumentError);
    expect(() => toNdArray({ data: [1, 2, 3], shape: [2, 2] }, "y")).toThrow(
      /^y: expected 4 numbers for shape \(2, 2\), got 3/,
    );
  });
});
