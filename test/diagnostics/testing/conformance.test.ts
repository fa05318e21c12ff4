// The conformance suite passes every model, operator and covariance of the library, and fails what is wrong in any one respect.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  type Conformance,
  checkConformance,
  checkCovariance,
  conformanceText,
} from "../../../src/diagnostics/testing/index.ts";
import type { Tensor } from "../../../src/engine/graph/index.ts";
import { readOnnx } from "../../../src/engine/onnx/index.ts";
import {
  type Covariance,
  denseCovariance,
  diagonalCovariance,
  lowRankCovariance,
  scalarCovariance,
  sparseCovariance,
} from "../../../src/problem/covariance/index.ts";
import {
  functionModel,
  identityModel,
  kuramotoSivashinsky,
  linearModel,
  lorenz63,
  lorenz84,
  lorenz96,
  type Model,
  networkModel,
  tracedModel,
} from "../../../src/problem/models/index.ts";
import {
  everyOperator,
  functionOperator,
  identityOperator,
  indicesOperator,
  matrixOperator,
  networkOperator,
  type Operator,
  powerOperator,
  tracedOperator,
} from "../../../src/problem/operators/index.ts";

const failed = ({ checks }: Conformance): string[] => checks.filter(({ passed }) => !passed).map(({ name }) => name);
const passes = (result: Conformance): void => expect(result.passed, conformanceText(result)).toBe(true);

describe("models of the library", () => {
  const models: Model[] = [
    lorenz63(),
    lorenz84(),
    lorenz96({ size: 8 }),
    lorenz96({ size: 8, scheme: "heun" }),
    kuramotoSivashinsky({ size: 32, length: 22 }),
    linearModel({
      matrix: [
        [0.9, 0.2],
        [-0.2, 0.9],
      ],
    }),
    identityModel({ size: 3 }),
    tracedModel({ name: "timed", shape: [2, 2], dt: 0.5, step: (x, t) => x.add(t.sin()).mul(1.01) }),
    functionModel({
      name: "plain",
      shape: [2],
      dt: 1,
      step: (x) => Float64Array.of(x[0]! ** 2, x[0]! * x[1]!),
      tangent: (x, dx) => Float64Array.of(2 * x[0]! * dx[0]!, x[0]! * dx[1]! + x[1]! * dx[0]!),
      adjoint: (x, dy) => Float64Array.of(2 * x[0]! * dy[0]! + x[1]! * dy[1]!, x[0]! * dy[1]!),
    }),
    functionModel({ name: "without derivatives", shape: [2], dt: 1, step: (x) => x.map(Math.sin) }),
  ];
  it.each(models.map((model) => [model.name, model] as const))("%s", async (_, model) => {
    const at = Float64Array.from({ length: model.size }, (_, i) => Math.sin(1 + i));
    passes(await checkConformance(model, { at, time: 0.3 }));
  });
});

describe("networks", () => {
  const network = (name: string) =>
    readOnnx(readFileSync(new URL(`../../fixtures/onnx/${name}.f64.onnx`, import.meta.url)));
  it("as models: one state after another, and several at a call", async () => {
    const mlp = network("residual-mlp");
    const size = mlp.inputs[0]!.shape!.reduce<number>((n, extent) => n * (typeof extent === "number" ? extent : 1), 1);
    passes(await checkConformance(networkModel({ network: mlp, dt: 0.1, shape: [size] })));
    passes(await checkConformance(networkModel({ network: network("lstm-1-to-n"), dt: 0.1, stepsPerCall: 9 })));
  });
  it("as operators, with kinks of ReLU and max-pooling", async () => {
    passes(await checkConformance(networkOperator(network("encoder"), [1, 64, 64])));
    passes(await checkConformance(networkOperator(network("decoder"), [32])));
  });
});

describe("operators of the library", () => {
  const operators: Operator[] = [
    identityOperator(4),
    indicesOperator(4, [3, 0]),
    everyOperator(5, 2),
    matrixOperator([[1, 2, 0.5]]),
    powerOperator(3, 3),
    tracedOperator({ name: "kinked", inShape: [6], outShape: [3], fn: (x) => x.relu().slice([0], [3]) }),
    functionOperator({ name: "plain", inShape: [2], outShape: [1], fn: (x) => Float64Array.of(x[0]! * x[1]!) }),
  ];
  it.each(operators.map((operator) => [operator.name, operator] as const))("%s", async (_, operator) => {
    passes(await checkConformance(operator));
  });
});

describe("covariances of the library", () => {
  const A = [
    [2, 0.5],
    [0.5, 1],
  ];
  it.each<[string, Covariance]>([
    ["scalar", scalarCovariance(3, 2)],
    ["scalar of 0", scalarCovariance(3, 0)],
    ["diagonal", diagonalCovariance([1, 2])],
    ["dense", denseCovariance(A)],
    [
      "dense and nearly singular",
      denseCovariance([
        [1, 1 - 1e-9],
        [1 - 1e-9, 1],
      ]),
    ],
    [
      "dense and singular",
      denseCovariance(
        [
          [1, 1],
          [1, 1],
        ],
        { singular: true },
      ),
    ],
    ["sparse", sparseCovariance({ size: 2, rows: [0, 0, 1, 1], columns: [0, 1, 0, 1], values: [2, 0.5, 0.5, 1] })],
    ["low rank", lowRankCovariance({ factors: [[1, 2, 3]], variance: 0.1 })],
  ])("%s", async (_, C) => {
    passes(await checkConformance(C));
  });
});

describe("what is wrong fails", () => {
  const n = 5;
  const C = denseCovariance(
    Array.from({ length: n }, (_, i) =>
      Array.from({ length: n }, (_, j) => 0.6 ** Math.abs(i - j) * Math.sqrt((i + 1) * (j + 1))),
    ),
  );
  const scale = (v: Float64Array, by: number): Float64Array => v.map((value) => value * by);
  const first = (v: Float64Array, by: number): Float64Array => v.map((value, i) => (i === 0 ? value * by : value));
  it.each<[string, Partial<Covariance>, string[]]>([
    ["an asymmetric product", { apply: (v) => first(C.apply(v), 1.001) }, ["symmetric"]],
    ["a negative one", { apply: (v) => scale(C.apply(v), -1) }, ["positive"]],
    ["a nonlinear one", { apply: (v) => C.apply(v).map((value) => value + 1e-6) }, ["linear"]],
    ["NaN", { apply: (v) => scale(v, Number.NaN) }, ["finite"]],
    [
      "another square root",
      { applySqrt: (v) => scale(C.applySqrt(v), 1 + 1e-6), sample: C.sample },
      ["square root", "its transpose"],
    ],
    ["another transpose", { applySqrtTransposed: (v) => first(C.applySqrtTransposed(v), 1.01) }, ["its transpose"]],
    [
      "another square root in graphs",
      { tracedSqrt: (v: Tensor) => C.tracedSqrt(v).mul(1.01) },
      ["square root in graphs"],
    ],
    ["another diagonal", { diagonal: () => first(C.diagonal(), 1.1) }, ["diagonal"]],
    ["another inverse", { solve: (v) => first(C.solve(v), 1.001) }, ["inverse"]],
    ["another whitening", { whiten: (v) => scale(C.whiten(v), 1.001) }, ["whitening", "whitening in graphs"]],
    [
      "another whitening in graphs",
      { tracedWhiten: (v: Tensor) => C.tracedWhiten(v).mul(1.001) },
      ["whitening in graphs"],
    ],
    ["another determinant", { logDeterminant: () => C.logDeterminant() + 0.01 }, ["determinant"]],
    ["another matrix", { dense: () => first(C.dense(), 2) }, ["matrix"]],
    ["other multiples", { scaled: () => C }, ["multiples"]],
    ["other parts", { restrict: (indices) => C.restrict(Array.from(indices).reverse()) }, ["parts"]],
    ["other draws", { sample: (stream) => scale(C.sample(stream), 1.2) }, ["draws"]],
  ])("%s", (_, wrong, expected) => {
    const result = checkCovariance({ ...C, ...wrong });
    expect(result.passed).toBe(false);
    expect(failed(result)).toEqual(expect.arrayContaining(expected));
    expect(conformanceText(result)).toContain(`FAILED  ${expected[0]}`);
  });
  it("a covariance that is singular and doesn't say so", () => {
    const S = denseCovariance(
      [
        [1, 1],
        [1, 1],
      ],
      { singular: true },
    );
    const wrong = checkCovariance({ ...S, logDeterminant: () => 0 });
    expect(failed(wrong)).toEqual(["no inverse"]);
  });

  const H = tracedOperator({ name: "H", inShape: [3], outShape: [3], fn: (x) => x.sin() });
  it.each<[string, Partial<Operator>, string[]]>([
    ["a size that isn't so", { outSize: 4 }, ["size"]],
    ["an argument that is changed", { apply: (x) => H.apply(x.fill(1)) }, ["argument unchanged"]],
    ["chance", { apply: (x) => H.apply(x).map((value) => value + 1e-3 * Math.random()) }, ["repeatable"]],
    [
      "a batch that isn't its members",
      { applyBatch: (X) => ({ ...X, data: X.data.map(Math.cos) }) },
      ["members of a batch"],
    ],
    ["linear that isn't", { linear: true }, ["linear, as it says"]],
    ["a formula that is another one", { traced: (x: Tensor) => x.cos() }, ["its formula"]],
    ["a wrong tangent", { tangent: (x, dx, t) => first(H.tangent(x, dx, t), 1.001) }, ["tangent", "adjoint", "Taylor"]],
    ["a wrong adjoint", { adjoint: (x, dy, t) => first(H.adjoint(x, dy, t), 1.001) }, ["adjoint"]],
    ["wrong tangents of a batch", { tangentBatch: (_x, dX) => dX }, ["tangents of a batch"]],
    ["indices that aren't so", { indices: [0, 1, 2] }, ["picks the elements it says"]],
  ])("%s", async (_, wrong, expected) => {
    const result = await checkConformance({ ...H, ...wrong });
    expect(failed(result)).toEqual(expect.arrayContaining(expected));
  });
  it("a tangent without an adjoint", async () => {
    const { adjoint: _, ...rest } = H;
    expect(failed(await checkConformance(rest))).toEqual(["derivatives"]);
  });

  it("a model whose steps don't compose, or whose path is another one", async () => {
    const model = lorenz63();
    const other = lorenz63({ dt: 0.011 });
    const at = Float64Array.of(1.5, -1.5, 25);
    const skewed: Model = { ...model, advance: (steps) => (steps === 2 ? other : model).advance(steps) };
    expect(failed(await checkConformance(skewed, { at }))).toEqual(["steps compose"]);
    const lost: Model = { ...model, trajectory: (steps) => other.trajectory(steps) };
    expect(failed(await checkConformance(lost, { at }))).toEqual(["trajectory"]);
    const blown = tracedModel({ name: "blown", shape: [1], dt: 1, step: (x) => x.div(0) });
    expect(failed(await checkConformance(blown))).toEqual(["one step: finite"]);
  });
});
