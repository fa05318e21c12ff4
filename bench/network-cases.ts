/** Networks larger than fixtures, with weights made on the spot. */
import type { Graph } from "../src/engine/graph/index.ts";
import { trace } from "../src/engine/graph/index.ts";
import * as ops from "../src/engine/graph/ops.ts";
import { Tensor } from "../src/engine/graph/tensor.ts";
import { convolve } from "../src/engine/graph/windows.ts";

export interface NetworkCase {
  readonly name: string;
  readonly graph: Graph;
  readonly shape: readonly number[];
  /** Whether generated code is timed too. */
  readonly js: boolean;
}

const weights = (shape: readonly number[], fan: number) => {
  const size = shape.reduce((a, b) => a * b, 1);
  return ops.array(
    Float64Array.from({ length: size }, (_, i) => Math.fround(Math.sin(78.233 * i) / Math.sqrt(fan))),
    shape,
  );
};

/** 1024-4096-1024 with tanh. */
function perceptron(batch: number): NetworkCase {
  const shape = [batch, 1024];
  const graph = trace(
    (x) =>
      new Tensor(ops.matmul(ops.tanh(ops.matmul(x.node, weights([1024, 4096], 1024))), weights([4096, 1024], 4096))),
    [shape],
  );
  return { name: `mlp 1024-4096-1024 batch ${batch}`, graph, shape, js: batch === 1 };
}

/** Three 3×3 layers on 64×64 points, circular or zero padding. */
function images(channels: number, batch: number, circular: boolean): NetworkCase {
  const shape = [batch, 1, 64, 64];
  const graph = trace(
    (x) => {
      const widths = [1, channels, channels, 1];
      let h = x.node;
      for (let layer = 0; layer < 3; layer++) {
        const [from, to] = [widths[layer]!, widths[layer + 1]!];
        const wide = circular ? ops.pad(h, [0, 0, 1, 1], [0, 0, 1, 1], "periodic") : h;
        h = convolve(wide, weights([to, from, 3, 3], 9 * from), { padding: circular ? 0 : 1 });
        if (layer < 2) h = ops.relu(ops.add(h, weights([to, 1, 1], 1)));
      }
      return new Tensor(h);
    },
    [shape],
  );
  const name = `cnn 64×64 ${channels} channels ${circular ? "circular" : "zero"} batch ${batch}`;
  return { name, graph, shape, js: channels * batch <= 16 };
}

/** All of them; the large convolutional network in batches of 1 and 16. */
export function largeNetworks(): NetworkCase[] {
  return [
    ...[1, 16, 100].map(perceptron),
    ...[true, false].flatMap((circular) => [
      ...[1, 16, 100].map((batch) => images(16, batch, circular)),
      ...[1, 16].map((batch) => images(64, batch, circular)),
    ]),
  ];
}
