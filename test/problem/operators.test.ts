import { describe, expect, it } from "vitest";
import {
  everyOperator,
  functionOperator,
  identityOperator,
  indicesOperator,
  matrixOperator,
  type Operator,
  operatorMatrix,
  powerOperator,
  tracedOperator,
} from "../../src/problem/operators/index.ts";
import { checkDerivatives, distance } from "./derivatives.ts";

const x = Float64Array.of(0.5, -1.5, 2, 0.25, 1);
const operators: [string, Operator, number[]][] = [
  ["identity", identityOperator(5), [0.5, -1.5, 2, 0.25, 1]],
  ["indices", indicesOperator(5, [3, 0, 3]), [0.25, 0.5, 0.25]],
  ["every", everyOperator(5, 2, 1), [-1.5, 0.25]],
  ["power", powerOperator(5, 3), [0.125, -3.375, 8, 0.015625, 1]],
  [
    "matrix",
    matrixOperator([
      [1, 0, 2, 0, 0],
      [0, 1, 0, -4, 1],
    ]),
    [4.5, -1.5],
  ],
  [
    "traced, with shapes",
    tracedOperator({ name: "grid", inShape: [1, 5], outShape: [5, 1], fn: (a, t) => a.transpose().sin().mul(t) }),
    Array.from(x, (value) => Math.sin(value) * 2),
  ],
  [
    "function",
    functionOperator({
      name: "twice",
      inShape: [5],
      outShape: [5],
      linear: true,
      fn: (a) => a.map((value) => 2 * value),
      tangent: async (_, dx) => dx.map((value) => 2 * value),
      adjoint: (_, dy) => dy.map((value) => 2 * value),
    }),
    [1, -3, 4, 0.5, 2],
  ],
];

describe.each(operators)("%s", (_, operator, expected) => {
  it("gives what it should", async () => {
    expect(distance(await operator.apply(x, 2), expected)).toBeLessThan(1e-15);
  });
  it("has a tangent and an adjoint that belong to it", async () => {
    await checkDerivatives(operator, x);
  });
  it("has a formula that gives the same", async () => {
    if (operator.traced === undefined) return;
    const { traced } = operator;
    const again = tracedOperator({ ...operator, fn: (a, t) => traced(a, t) });
    expect(distance(again.apply(x, 2), expected)).toBeLessThan(1e-15);
  });
});

it("tells which elements are picked", () => {
  expect(indicesOperator(5, [3, 0]).indices).toEqual([3, 0]);
  expect(everyOperator(5, 2).indices).toEqual([0, 2, 4]);
  expect(identityOperator([2, 2]).indices).toEqual([0, 1, 2, 3]);
});

it("writes a linear operator as a matrix", async () => {
  const H = [
    [1, 0, 2, 0, 0],
    [0, 1, 0, -4, 1],
  ];
  expect(await operatorMatrix(matrixOperator(H))).toEqual({ data: Float64Array.from(H.flat()), shape: [2, 5] });
  await expect(operatorMatrix(powerOperator(5, 2))).rejects.toThrow("power: expected a linear operator");
});

it("takes no member when there is none", () => {
  const empty = { data: new Float64Array(0), shape: [0, 5] };
  expect(powerOperator(5, 2).applyBatch(empty)).toEqual({ data: new Float64Array(0), shape: [0, 5] });
});

describe("plain functions", () => {
  it("run members of a batch side by side and may keep their argument", async () => {
    let running = 0;
    let most = 0;
    const slow = functionOperator({
      name: "slow",
      inShape: [1],
      outShape: [1],
      async fn(a) {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setTimeout(resolve, 1));
        running--;
        a[0]! += 1;
        return a;
      },
    });
    const X = { data: Float64Array.of(1, 2, 3), shape: [3, 1] };
    expect((await slow.applyBatch(X)).data).toEqual(Float64Array.of(2, 3, 4));
    expect(X.data).toEqual(Float64Array.of(1, 2, 3));
    expect(most).toBe(3);
  });
  const broken = (result: ArrayLike<number>): Operator =>
    functionOperator({ name: "h", inShape: [2], outShape: [3], fn: () => result });
  it.each<[string, ArrayLike<number>, string]>([
    ["too few", [1, 2], "h: expected the function to return 3 numbers, got 2"],
    ["too many", new Float32Array(4), "h: expected the function to return 3 numbers, got 4"],
    ["a number", JSON.parse("5"), "h: expected the function to return 3 numbers, got number"],
    ["nothing", JSON.parse("null"), "h: expected the function to return 3 numbers"],
    ["texts", JSON.parse('["a", "b", "c"]'), "h: expected the function to return numbers, got string at 0"],
  ])("that return %s are refused", (_, result, message) => {
    expect(() => broken(result).apply(Float64Array.of(1, 2))).toThrow(message);
  });
  it("have no derivative unless one is given", () => {
    expect(broken([1, 2, 3]).tangent).toBeUndefined();
    expect(broken([1, 2, 3]).adjoint).toBeUndefined();
  });
});

describe("refusals", () => {
  it.each<[string, () => unknown, string]>([
    ["an index outside", () => indicesOperator(3, [0, 3]), "indices[1]: expected an integer from 0 to 2, got 3"],
    ["no index", () => indicesOperator(3, []), "indices: expected at least one index"],
    ["a step of 0", () => everyOperator(3, 0), "step: expected a positive integer, got 0"],
    ["an offset outside", () => everyOperator(3, 1, 3), "offset: expected an integer from 0 to 2, got 3"],
    ["a vector for a matrix", () => matrixOperator([1, 2]), "matrix: expected a matrix (m, n), got shape (2)"],
    [
      "NaN in a matrix",
      () =>
        matrixOperator([
          [1, 2],
          [3, Number.NaN],
        ]),
      "matrix: expected finite numbers, got NaN at (1, 1)",
    ],
    ["a state of the wrong length", () => identityOperator(3).apply(x), "identity: x: expected 3 numbers, got 5"],
    [
      "members of the wrong length",
      () => powerOperator(3, 2).applyBatch({ data: x, shape: [1, 5] }),
      "power: X: expected shape (rows, 3), got (1, 5)",
    ],
    [
      "a cotangent of the wrong length",
      () => powerOperator(5, 2).adjoint(x, Float64Array.of(1)),
      "power: dy: expected 5 numbers, got 1",
    ],
    [
      "a formula of the wrong size",
      () => tracedOperator({ name: "f", inShape: [5], outShape: [5], fn: (a) => a.sum() }).apply(x),
      "f: expected a result of shape (5), got ()",
    ],
  ])("%s", (_, act, message) => {
    expect(act).toThrow(message);
  });
});
