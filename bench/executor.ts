/** Generated code against hand-written loops and adjoints, in one process: `npm run bench -- executor`. */
import { compile } from "../src/engine/execute/index.ts";
import { type Graph, scan, stack, type Tensor, trace, valueAndGrad } from "../src/engine/graph/index.ts";
import {
  lorenz63,
  lorenz63Cost,
  lorenz96Cost,
  lorenz96Forward,
  shallowWaterCost,
  shallowWaterForward,
} from "./hand.ts";
import { lorenz96Tuned } from "./hand-tuned.ts";
import { gridSize, initialWater, shallowWaterStep as swe } from "./shallow-water.ts";
import { compare, largestDifference } from "./timing.ts";

const rk4 = (f: (x: Tensor) => Tensor, x: Tensor, dt: number): Tensor => {
  const k1 = f(x);
  const k2 = f(x.add(k1.mul(dt / 2)));
  const k3 = f(x.add(k2.mul(dt / 2)));
  const k4 = f(x.add(k3.mul(dt)));
  return x.add(
    k1
      .add(k2.mul(2))
      .add(k3.mul(2))
      .add(k4)
      .mul(dt / 6),
  );
};
const l63 = (x: Tensor): Tensor => {
  const [a, b, c] = [x.at(0), x.at(1), x.at(2)];
  return stack([b.sub(a).mul(10), a.mul(c.neg().add(28)).sub(b), a.mul(b).sub(c.mul(8 / 3))]);
};
const l96 = (x: Tensor): Tensor => x.roll(-1).sub(x.roll(2)).mul(x.roll(1)).sub(x).add(8);
const advance = (step: (x: Tensor) => Tensor, x: Tensor, length: number): Tensor =>
  scan(([c]) => ({ carry: [step(c!)] }), [x], [], { length }).carry[0]!;
const blocksCost = (step: (x: Tensor) => Tensor, x: Tensor, y: Tensor, steps: number): Tensor => {
  const { ys } = scan(
    ([c], [o]) => {
      const next = advance(step, c!, steps);
      return { carry: [next], ys: [next.sub(o!).square().sum().mul(0.5)] };
    },
    [x],
    [y],
  );
  return ys[0]!.sum();
};

interface Case {
  readonly name: string;
  readonly graph: Graph;
  readonly inputs: Float64Array[];
  readonly hand: () => ArrayLike<number>;
  /** Output of the graph that is compared with the hand-written result. */
  readonly output: number;
}
const wave = (size: number, seed: number, base = 0): Float64Array =>
  Float64Array.from({ length: size }, (_, i) => base + Math.sin(seed + i * 1.7));
const shaped = (data: Float64Array, shape: readonly number[]): { data: Float64Array; shape: readonly number[] } => ({
  data,
  shape,
});

const x63 = Float64Array.of(1.509, -1.531, 25.46);
const members = Float64Array.from({ length: 300 }, (_, i) => x63[i % 3]! + Math.sin(i));
const x96 = wave(40, 1, 3);
const members96 = wave(4000, 1, 3);
const n = gridSize;
const s0 = initialWater();
const cases: Case[] = [];

{
  const work = x63.slice();
  cases.push({
    name: "Lorenz 63, 100 steps",
    graph: trace((x) => advance((c) => rk4(l63, c, 0.01), x, 100), [[3]]),
    inputs: [x63],
    output: 0,
    hand: () => {
      work.set(x63);
      lorenz63.forward(work, 0, 100, 0.01);
      return work;
    },
  });
  const ensemble = members.slice();
  cases.push({
    name: "Lorenz 63 × 100 members, 100 steps",
    graph: trace(
      (e) => scan((_, [x]) => ({ ys: [advance((c) => rk4(l63, c, 0.01), x!, 100)] }), [], [e]).ys[0]!,
      [[100, 3]],
    ),
    inputs: [members],
    output: 0,
    hand: () => {
      ensemble.set(members);
      for (let m = 0; m < 100; m++) lorenz63.forward(ensemble, 3 * m, 100, 0.01);
      return ensemble;
    },
  });
  for (const [blocks, steps] of [
    [10, 10],
    [100, 10],
  ] as const) {
    const y = wave(3 * blocks, 2, 5);
    const gradient = new Float64Array(3);
    const hand = lorenz63Cost(blocks, steps, 0.01);
    cases.push({
      name: `Lorenz 63 4D-Var cost and gradient, ${blocks * steps} steps`,
      graph: valueAndGrad(
        trace((x, o) => blocksCost((c) => rk4(l63, c, 0.01), x, o, steps), [[3], [blocks, 3]]),
        [0],
      ),
      inputs: [x63, y],
      output: 1,
      hand: () => {
        hand(x63, y, gradient);
        return gradient;
      },
    });
  }
}
{
  const forward = lorenz96Forward(40, 0.05);
  const work = x96.slice();
  cases.push({
    name: "Lorenz 96, 100 steps",
    graph: trace((x) => advance((c) => rk4(l96, c, 0.05), x, 100), [[40]]),
    inputs: [x96],
    output: 0,
    hand: () => {
      work.set(x96);
      forward(work, 100);
      return work;
    },
  });
  cases.push({
    name: "Lorenz 96, 100 steps, against tuned loops",
    graph: trace((x) => advance((c) => rk4(l96, c, 0.05), x, 100), [[40]]),
    inputs: [x96],
    output: 0,
    hand: () => lorenz96Tuned(x96, 100),
  });
  const ensemble = members96.slice();
  cases.push({
    name: "Lorenz 96 × 100 members, 100 steps",
    graph: trace(
      (e) => scan((_, [x]) => ({ ys: [advance((c) => rk4(l96, c, 0.01), x!, 100)] }), [], [e]).ys[0]!,
      [[100, 40]],
    ),
    inputs: [members96],
    output: 0,
    hand: (() => {
      const step = lorenz96Forward(40, 0.01);
      return () => {
        ensemble.set(members96);
        for (let m = 0; m < 100; m++) step(ensemble.subarray(40 * m, 40 * m + 40), 100);
        return ensemble;
      };
    })(),
  });
  for (const [blocks, steps] of [
    [10, 10],
    [100, 10],
  ] as const) {
    const y = wave(40 * blocks, 2, 3);
    const gradient = new Float64Array(40);
    const hand = lorenz96Cost(40, blocks, steps, 0.005);
    cases.push({
      name: `Lorenz 96 4D-Var cost and gradient, ${blocks * steps} steps`,
      graph: valueAndGrad(
        trace((x, o) => blocksCost((c) => rk4(l96, c, 0.005), x, o, steps), [[40], [blocks, 40]]),
        [0],
      ),
      inputs: [x96, y],
      output: 1,
      hand: () => {
        hand(x96, y, gradient);
        return gradient;
      },
    });
  }
}
{
  const forward = shallowWaterForward(n, 0.001, 0.05);
  for (const steps of [1, 100])
    cases.push({
      name: `Shallow water 64×64×3, ${steps} steps`,
      graph: trace((s) => advance((c) => swe(c, 0.001, 0.05), s, steps), [[3, n, n]]),
      inputs: [s0],
      output: 0,
      hand: () => forward(s0, steps),
    });
  for (const steps of [100, 1000]) {
    const y = wave(3 * n * n, 2, 0.5);
    const gradient = new Float64Array(3 * n * n);
    const hand = shallowWaterCost(n, steps, 0.001, 0.05);
    cases.push({
      name: `Shallow water cost and gradient, ${steps} steps`,
      graph: valueAndGrad(
        trace(
          (s, o) =>
            advance((c) => swe(c, 0.001, 0.05), s, steps)
              .sub(o)
              .square()
              .sum()
              .mul(0.5),
          [
            [3, n, n],
            [3, n, n],
          ],
        ),
        [0],
      ),
      inputs: [s0, y],
      output: 1,
      hand: () => {
        hand(s0, y, gradient);
        return gradient;
      },
    });
  }
}

const wanted = process.argv.slice(2).filter((arg) => !arg.startsWith("-"));
const rows = [];
for (const { name, graph, inputs, hand, output } of cases) {
  if (wanted.length > 0 && !wanted.some((word) => name.includes(word))) continue;
  const start = performance.now();
  const executable = compile(graph, { executor: "js" });
  const compiled = performance.now() - start;
  const args = inputs.map((data, i) => shaped(data, graph.inputs[i]!.shape));
  const out = graph.outputs.map((o) => new Float64Array(o.shape.reduce((a, b) => a * b, 1)));
  const error = largestDifference(executable.runSync(args)[output]!.data, hand());
  const vectors = compile(graph, { executor: "wasm" });
  const far = largestDifference(vectors.runSync(args)[output]!.data, executable.runSync(args)[output]!.data);
  const slow = name.includes("1000 steps") && name.includes("Shallow");
  const times = compare(
    [
      { name: "hand", run: () => void hand() },
      { name: "js", run: () => void executable.runSync(args, { out }) },
      { name: "wasm", run: () => void vectors.runSync(args, { out }) },
    ],
    slow ? 5 : 15,
  );
  const [byHand, js, wasm] = [times.get("hand")!, times.get("js")!, times.get("wasm")!];
  rows.push({
    case: name,
    "hand µs": Number(byHand.toFixed(1)),
    "js µs": Number(js.toFixed(1)),
    "js / hand": Number((js / byHand).toFixed(2)),
    "wasm µs": Number(wasm.toFixed(1)),
    "wasm / js": Number((wasm / js).toFixed(2)),
    "wasm - js": far.toExponential(1),
    "compile ms": Number(compiled.toFixed(0)),
    "largest difference": error.toExponential(1),
  });
}
console.table(rows);
console.log(JSON.stringify(rows));
