import { describe, expect, it } from "vitest";
import { compile } from "../../../src/engine/execute/index.ts";
import { exportNetwork, initialize, network, sequential } from "../../../src/engine/nn/index.ts";
import { resolveTraining } from "../../../src/study/train/index.ts";
import { layerSchemas } from "../../../src/study/train/layers.schema.ts";
import { buildLayers } from "../../../src/study/train/layers.ts";
import { messageOf } from "../case/cases.ts";
import { trainingWith } from "./trainings.ts";

/** The layers that a list of entries makes on samples of a shape. */
function build(list: readonly unknown[], shape: number[]): ReturnType<typeof buildLayers> {
  return buildLayers(resolveTraining(trainingWith({ network: { layers: list } })).network.layers, shape, "layers");
}

const cases: readonly (readonly [list: unknown[], shape: number[], made: number[], parameters: number])[] = [
  [[{ dense: 5, activation: "leaky-relu" }], [3], [5], 20],
  [[{ dense: 5, bias: false, initialize: "orthogonal" }], [4, 3], [4, 5], 15],
  [[{ conv: 4, kernel: 5, paddingMode: "circular", activation: "gelu" }], [2, 10], [4, 10], 44],
  [[{ conv: 4, kernel: [3, 5], strides: 2, dilations: 1, groups: 2 }], [2, 8, 8], [4, 4, 4], 64],
  [[{ transposedConv: 3, kernel: 2, initialize: "kaiming-normal" }], [2, 4, 6], [3, 8, 12], 27],
  [[{ transposedConv: 3 }], [2, 4], [3, 8], 15],
  [[{ maxPool: 2 }], [2, 8], [2, 4], 0],
  [[{ averagePool: [2, 3], strides: 1, padding: 0, countPadding: false }], [1, 4, 6], [1, 3, 4], 0],
  [[{ lstm: 4, layers: 2, output: "last" }], [5, 3], [4], 4 * 4 * (3 + 4 + 2) + 4 * 4 * (4 + 4 + 2)],
  [[{ gru: 4 }], [5, 3], [5, 4], 3 * 4 * (3 + 4 + 2)],
  [[{ layerNorm: "all" }, { layerNorm: 1 }], [2, 3], [2, 3], 18],
  [[{ groupNorm: 2 }], [4, 6], [4, 6], 8],
  [[{ batchNorm: true, momentum: 0.2 }], [4, 6], [4, 6], 16],
  [[{ flatten: true }, { dropout: 0.5 }, { activation: "silu" }, { reshape: [3, 1, 2] }], [2, 3], [3, 1, 2], 0],
  [
    [
      {
        residual: [
          { dense: 7, activation: "elu" },
          { dense: 3, initialize: "zeros" },
        ],
      },
    ],
    [3],
    [3],
    52,
  ],
];

describe("layers", () => {
  it.each(cases)("%j", async (list, shape, made, parameters) => {
    const { layers, shape: result } = await build(list, shape);
    expect(result).toEqual(made);
    const net = network(sequential(...layers), shape);
    expect(net.size).toBe(parameters);
    const data = Float64Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => Math.sin(i));
    const [output] = compile(exportNetwork(net, initialize(net, 1))).runSync([{ data, shape: [1, ...shape] }]);
    expect(output!.shape).toEqual([1, ...made]);
    expect(output!.data.every(Number.isFinite)).toBe(true);
  });

  it("are all tried above", () => {
    const tried = new Set(cases.flatMap(([list]) => list.flatMap((entry) => Object.keys(Object(entry)))));
    expect(Object.keys(layerSchemas).filter((name) => !tried.has(name))).toEqual([]);
  });

  it.each([
    [[{ conv: 4, kernel: 2 }], [1, 6], 'layers[0].kernel: expected odd extents for padding "same"'],
    [[{ conv: 3, groups: 2 }], [2, 6], "layers[0]: conv1d.outputs/groups: expected a positive integer, got 1.5"],
    [[{ lstm: 3 }], [6], "layers[0]: expected a sequence [times, inputs], got shape (6)"],
    [[{ layerNorm: 2 }], [6], "layers[0].layerNorm: expected at most 1 axes, as the shape is (6), got 2"],
    [[{ groupNorm: 4 }], [6, 2], "layers[0].groupNorm: expected channels a multiple of groups, got 6 and 4"],
    [[{ maxPool: 2 }], [6], "layers[0]: expected channels and one or two axes"],
  ] as const)("refuse %j on %j", async (list, shape, message) => {
    expect(await messageOf(() => build(list, [...shape]))).toContain(message);
  });
});
