// Random programs of many primitives: generated code against the reference, with their derivatives and batches.
import { describe, expect, it } from "vitest";
import {
  concat,
  evaluateGraph,
  full,
  type Graph,
  grad,
  jvp,
  scan,
  stack,
  type Tensor,
  trace,
  vmap,
  where,
} from "../../../src/engine/graph/index.ts";
import { type RandomStream, randomStreams } from "../../../src/engine/random/index.ts";
import { everyExecutable } from "./executors.ts";

const pick = <T>(random: RandomStream, list: readonly T[]): T => list[random.integer(list.length)]!;
const sizeOf = (x: Tensor): number => x.shape.reduce((a, b) => a * b, 1);

/** One more value from the values so far. */
function grow(random: RandomStream, values: readonly Tensor[], depth: number): Tensor {
  const x = pick(random, values);
  const rank = x.shape.length;
  const alike = values.filter((other) => other.shape.join() === x.shape.join());
  const y = pick(random, alike);
  const axis = rank === 0 ? 0 : random.integer(rank);
  const extent = x.shape[axis] ?? 1;
  const choice = random.integer(22);
  if (choice < 3) return x.add(y);
  if (choice < 5) return x.mul(y).mul(0.5);
  if (choice === 5) return x.sub(y.mul(0.3));
  if (choice === 6) return x.sin();
  if (choice === 7) return x.square().add(1).sqrt();
  if (choice === 8) return where(x.less(y), x, y.mul(0.7));
  if (choice === 9) return x.tanh();
  if (rank === 0) return pick(random, values).mean().add(x);
  if (choice < 13) return x.roll(random.integer(7) - 3, axis);
  if (choice === 13) return x.reverse(axis);
  if (choice === 14 && extent > 2)
    return x.slice(
      x.shape.map((_, i) => (i === axis ? 1 : 0)),
      x.shape.map((own, i) => (i === axis ? own - 1 : own)),
    );
  if (choice === 15 && sizeOf(x) < 60) return concat([x, y.mul(0.9)], axis);
  if (choice === 16) return x.sum(axis).mul(0.3);
  if (choice === 17) return x.transpose();
  if (choice === 18) return x.reshape([-1]).slice([0], [Math.min(20, sizeOf(x))]);
  if (choice === 19) return x.sum(axis, true).mul(0.2).add(x);
  if (choice === 20 && rank === 2) return x.matmul(y.transpose()).mul(0.1);
  if (choice === 21 && depth > 0) {
    const { carry, ys } = scan(
      ([c]) => {
        let own = [c!, ...values.filter((value) => value.shape.join() === c!.shape.join()).slice(0, 2)];
        for (let i = 0; i < 4; i++) own = [...own, grow(random, own, depth - 1)];
        const next = own
          .filter((value) => value.shape.join() === c!.shape.join())
          .at(-1)!
          .mul(0.9);
        return { carry: [next], ys: [own.at(-1)!, c!] };
      },
      [x],
      [],
      {
        length: 3,
        reverse: random.uniform() < 0.3,
        ...(random.uniform() < 0.2 && { reverse: false, checkpoint: true }),
      },
    );
    return carry[0]!.add(ys[1]!.sum(0).mul(0.1)).add(ys[0]!.mean());
  }
  return x.add(full(x.shape, 0.25)).mul(stack([x.mean(), y.mean()]).sum());
}

function program(seed: number): Graph {
  const random = randomStreams(seed).stream("program");
  const shapes = [[20], [3], [4, 6], [40], []].slice(random.integer(3));
  return trace((...inputs) => {
    let values: Tensor[] = inputs;
    for (let i = 0; i < 14; i++) values = [...values, grow(random, values, 2)].slice(-12);
    return [
      ...values.slice(-4),
      values.slice(-6).reduce((total, value) => total.add(value.sum().tanh()), values[0]!.mean()),
    ];
  }, shapes);
}

function agree(graph: Graph, what: string): void {
  const random = randomStreams(3).stream("values");
  const args = graph.inputs.map(({ shape }) => ({ data: random.normals(shape.reduce((a, b) => a * b, 1)), shape }));
  const want = evaluateGraph(graph, args);
  const executables = everyExecutable(graph);
  for (const { name, run } of [...executables, ...executables]) {
    run(args).forEach(({ data }, i) => {
      const scale = 1 + Math.max(...want[i]!.data.map(Math.abs), 0);
      data.forEach((value, j) => {
        const reference = want[i]!.data[j]!;
        if (Number.isFinite(reference))
          expect(Math.abs(value - reference) / scale, `${what} by ${name}, output ${i}[${j}]`).toBeLessThan(1e-11);
      });
    });
  }
}

describe("random programs", () => {
  it.each(Array.from({ length: 40 }, (_, seed) => seed))("number %i", (seed) => {
    const graph = program(seed);
    agree(graph, "value");
    agree(jvp(graph), "tangent");
    const cost: Graph = { inputs: graph.inputs, outputs: graph.outputs.slice(-1) };
    agree(grad(cost), "gradient");
    agree(vmap(grad(cost), 2), "batch of gradients");
    agree(jvp(grad(cost)), "second derivative");
  });
});
